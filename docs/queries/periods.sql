-- Periods of `busy:false` and the lag of the flag, from the tables that
-- duckdb.sql or spark.sql has made of recordings: the rules of evidence for
-- readings of one flag beside jobs, in SQL that both engines take. Times are
-- milliseconds. ../queries.md says how to use it and what it leaves out.

-- How far the local clock of a run was ahead of GitHub's, and the largest
-- possible error. A clock that may be right is not corrected; a run whose clock
-- stepped has no row, and its readings count for nothing.
CREATE OR REPLACE TEMPORARY VIEW clock AS
WITH bounds AS (
  SELECT id, max(began + sent - dated - 1000) AS low, min(began + received - dated) AS high
  FROM exchange JOIN header USING (file, run)
  WHERE age IS NULL AND dated IS NOT NULL
  GROUP BY id
), estimate AS (
  SELECT id, low, high,
         CASE WHEN low <= 0 AND 0 <= high THEN 0
              WHEN 0 < low THEN CAST(floor((low + high) / 2.0) AS BIGINT)
              ELSE CAST(ceil((low + high) / 2.0) AS BIGINT) END AS ahead
  FROM bounds
  WHERE low <= high
)
SELECT id, ahead, greatest(high - ahead, ahead - low) AS bound
FROM estimate;

-- Answers by GitHub's clock. One with `Age` may have been true that long before.
CREATE OR REPLACE TEMPORARY VIEW answer AS
WITH placed AS (
  SELECT file, run, id, host, lag_limit, n, says, status, conditional, age, request_id, dated, bound,
         sent AS mono_sent, received AS mono_received,
         began + sent - ahead - coalesce(1000 * age + 1000, 0) AS sent,
         began + received - ahead AS received,
         coalesce(1000 * age + 1000, 0) AS aged
  FROM exchange JOIN header USING (file, run) JOIN clock USING (id)
)
SELECT *
FROM placed
WHERE dated IS NULL OR (sent <= dated + 1000 + bound AND dated <= received + bound);

-- What each page of runners held: a line that changes a page states what is new
-- or gone, and the rest stands as in the lines before, back to a whole one.
CREATE OR REPLACE TEMPORARY VIEW on_page AS
WITH version AS (
  SELECT file, run, seq,
         min(CASE WHEN whole THEN seq END) OVER (
           PARTITION BY file, run, scope, page ORDER BY seq
           ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_whole
  FROM page
)
SELECT file, run, scope, page, runner, name, status, busy, gone, seq AS from_seq,
       least(coalesce(lead(seq) OVER (PARTITION BY file, run, scope, page, runner ORDER BY seq), 9223372036854775807),
             coalesce(next_whole, 9223372036854775807)) AS until_seq
FROM said_runner JOIN version USING (file, run, seq);

-- Readings of flags: usable 200s. A 304 is none, as it says nothing new.
CREATE OR REPLACE TEMPORARY VIEW flag AS
SELECT DISTINCT id, n, host, o.scope, runner, name, busy, sent, received, aged, bound, lag_limit, false AS by_id
FROM answer AS a
JOIN page AS p ON p.file = a.file AND p.run = a.run AND p.seq = a.says
JOIN on_page AS o ON o.file = p.file AND o.run = p.run AND o.scope = p.scope AND o.page = p.page
WHERE o.from_seq <= a.says AND a.says < o.until_seq AND NOT gone AND o.status = 'online' AND busy IS NOT NULL
UNION ALL
SELECT DISTINCT id, n, host, scope, runner, name, busy, sent, received, aged, bound, lag_limit, true
FROM answer AS a
JOIN said_runner AS r ON r.file = a.file AND r.run = a.run AND r.seq = a.says
WHERE page IS NULL AND r.status = 'online' AND busy IS NOT NULL;

-- What each answer said of each job.
CREATE OR REPLACE TEMPORARY VIEW job_reading AS
WITH work AS (
  SELECT file, run, seq, job,
         max(CASE WHEN place = 1 THEN started END) AS set_up,
         min(CASE WHEN name = 'Complete job' AND conclusion IN ('success', 'failure') THEN completed END) AS worked_until,
         max(greatest(coalesce(started, completed), coalesce(completed, started))) AS moved,
         max(CASE WHEN name <> 'Complete job' AND status <> 'completed' THEN 1 ELSE 0 END) AS unfinished,
         max(CASE WHEN name = 'Complete job' AND (status IN ('in_progress', 'completed') OR started IS NOT NULL)
             THEN 1 ELSE 0 END) AS completing
  FROM said_step
  GROUP BY file, run, seq, job
)
SELECT id, n, host, sent, received, age, job, repo, name, status, conclusion, started, completed, runner, runner_name, hosted,
       set_up, moved, unfinished IS NOT NULL AS has_steps,
       least(completed, coalesce(worked_until, completed)) AS worked_until,
       CASE WHEN status = 'completed' AND completed IS NOT NULL AND conclusion IS NOT NULL THEN 3
            WHEN status = 'in_progress' AND completed IS NULL AND conclusion IS NULL
                 AND (unfinished IS NULL OR (unfinished = 1 AND completing = 0)) THEN 1
            WHEN status IN ('queued', 'waiting', 'requested', 'pending') AND completed IS NULL AND conclusion IS NULL THEN 0
            ELSE 2 END AS state
FROM (
  SELECT a.id, a.n, a.host, a.sent, a.received, a.age, j.*
  FROM said_job AS j
  JOIN answer AS a ON a.file = j.file AND a.run = j.run AND a.says = j.seq AND a.status = 200
) AS j
LEFT JOIN work USING (file, run, seq, job);

-- The life of each job on its runner. The record that shows the most progress
-- counts; one that contradicts itself by now (state 2) leaves what was read
-- while it ran.
CREATE OR REPLACE TEMPORARY VIEW life AS
WITH ranked AS (
  SELECT *,
         row_number() OVER (
           PARTITION BY host, job
           ORDER BY state DESC, CASE WHEN runner IS NULL THEN 0 ELSE 1 END DESC,
                    coalesce(moved, 0) DESC, coalesce(completed, 0) DESC, received DESC) AS place
  FROM job_reading
), seen AS (
  SELECT host, job, runner, min(received) AS seen_running, max(CASE WHEN age IS NULL THEN sent END) AS ran_until
  FROM job_reading
  WHERE state = 1
  GROUP BY host, job, runner
), known AS (
  SELECT r.*, seen_running, CASE WHEN state = 3 THEN worked_until END AS life_end,
         CASE state WHEN 2 THEN coalesce(ran_until, 0) ELSE 9223372036854775807 END AS runs_until
  FROM ranked AS r LEFT JOIN seen USING (host, job, runner)
  WHERE place = 1 AND state > 0 AND NOT hosted AND runner IS NOT NULL
), ordered AS (
  SELECT *,
         max(life_end) OVER (
           PARTITION BY host, runner, runner_name
           ORDER BY coalesce(life_end, 9223372036854775807), coalesce(started, 0), job
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous_end
  FROM known
), begun AS (
  SELECT *,
         CASE WHEN started < previous_end AND NOT coalesce(set_up < previous_end, false) THEN previous_end
              ELSE started END AS earliest
  FROM ordered
)
SELECT host, job, repo, name AS job_name, runner, runner_name, conclusion, previous_end, life_end, runs_until,
       CASE WHEN set_up BETWEEN earliest - 2000 AND earliest + 60000 THEN greatest(earliest, set_up)
            ELSE earliest END AS start_min,
       CASE WHEN set_up BETWEEN earliest - 2000 AND earliest + 60000 THEN greatest(earliest, set_up)
            WHEN set_up IS NOT NULL AND earliest IS NOT NULL THEN greatest(earliest, set_up) + 300000
            WHEN NOT has_steps AND earliest > seen_running THEN earliest
            WHEN NOT has_steps THEN seen_running END AS start_max
FROM begun;

-- Readings between two reads of one running job, in strict sequence.
CREATE OR REPLACE TEMPORARY VIEW sandwiched AS
SELECT DISTINCT m.id, m.n, b.job
FROM sandwich AS s
JOIN answer AS m ON m.file = s.file AND m.run = s.run AND m.n = s.middle
JOIN answer AS x ON x.file = s.file AND x.run = s.run AND x.n = s.bread
JOIN answer AS y ON y.file = s.file AND y.run = s.run AND y.n = s.lid
JOIN job_reading AS b ON b.id = x.id AND b.n = x.n AND b.state = 1
JOIN job_reading AS l ON l.id = y.id AND l.n = y.n AND l.state = 1 AND l.job = b.job AND l.runner = b.runner
WHERE m.status = 200 AND x.status = 200 AND y.status = 200
  AND NOT m.conditional AND NOT x.conditional AND NOT y.conditional
  AND m.age IS NULL AND x.age IS NULL AND y.age IS NULL
  AND m.request_id <> x.request_id AND x.request_id <> y.request_id AND m.request_id <> y.request_id
  AND x.mono_received <= m.mono_sent AND m.mono_received <= y.mono_sent;

-- What the flag said of each job while it ran: false is a contradiction, true
-- agrees. Rank 3 is proven by a sandwich, 2 settled by the final record.
CREATE OR REPLACE TEMPORARY VIEW word AS
WITH near AS (
  SELECT f.*, l.job, l.start_min, l.start_max, l.life_end, l.previous_end,
         CASE WHEN s.job IS NOT NULL AND NOT f.busy THEN 3 WHEN l.life_end IS NOT NULL THEN 2 ELSE 1 END AS rank,
         CASE WHEN l.start_max + 2000 + f.bound <= f.sent AND f.received <= l.runs_until
                   AND f.received + 2000 + f.bound <= coalesce(l.life_end, 9223372036854775807)
              THEN 1 ELSE 0 END AS inside
  FROM flag AS f
  JOIN life AS l ON l.host = f.host AND l.runner = f.runner AND l.runner_name = f.name
  LEFT JOIN sandwiched AS s ON s.id = f.id AND s.n = f.n AND s.job = l.job AND f.by_id
), fitting AS (
  SELECT *, row_number() OVER (
           PARTITION BY id, n, scope, runner
           ORDER BY CASE WHEN rank = 3 THEN 1 ELSE 0 END DESC, coalesce(start_max, 0) DESC) AS place
  FROM near
  WHERE inside = 1 OR (rank = 3 AND (life_end IS NULL OR received + 2000 + bound <= life_end))
), told AS (
  SELECT *,
         max(CASE WHEN NOT busy THEN received END) OVER (
           PARTITION BY host, scope, runner, job ORDER BY received, sent
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS denied_until,
         max(CASE WHEN NOT busy THEN sent END) OVER (
           PARTITION BY host, scope, runner, job ORDER BY received, sent
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS denied_from,
         min(CASE WHEN NOT busy THEN received END) OVER (
           PARTITION BY host, scope, runner, job ORDER BY received, sent
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS denied_first
  FROM fitting
  WHERE place = 1
), parted AS (
  -- False readings with a true one surely before them, of which nobody can tell
  -- on which side of the false one before it lies: it came after that, or surely
  -- after the first.
  SELECT DISTINCT x.id, x.n, x.host, x.scope, x.runner, x.job
  FROM told AS x
  JOIN told AS t ON t.host = x.host AND t.scope = x.scope AND t.runner = x.runner AND t.job = x.job
  WHERE NOT x.busy AND t.busy AND t.received <= x.sent AND x.denied_from < t.received
    AND (x.denied_until < t.received OR x.denied_first <= t.sent)
)
SELECT told.*,
       (busy AND (denied_until IS NULL OR denied_until <= sent)) OR parted.n IS NOT NULL AS closes,
       -- Perhaps left over from the runner's job before.
       busy AND NOT (denied_until IS NULL AND previous_end IS NOT NULL AND received <= previous_end + lag_limit) AS agreed
FROM told
LEFT JOIN parted USING (id, n, host, scope, runner, job);

CREATE OR REPLACE TEMPORARY VIEW period AS
WITH cut AS (
  SELECT *, sum(CASE WHEN closes THEN 1 ELSE 0 END) OVER (
           PARTITION BY host, scope, runner, job ORDER BY received, sent
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS island
  FROM word
), firm AS (
  SELECT *, max(CASE WHEN rank > 1 THEN received END) OVER (
           PARTITION BY host, scope, runner, job, island) AS firm_until
  FROM cut
  WHERE NOT busy
), grouped AS (
  SELECT host, scope, runner, job, island,
         max(name) AS runner_name, max(rank) AS rank, max(inside * CASE WHEN life_end IS NULL THEN 0 ELSE 1 END) AS settled,
         min(received) AS first_false_at, max(received) AS last_false_at, min(sent) AS first_sent, max(sent) AS last_sent,
         min(CASE WHEN rank = 3 THEN received END) AS first_proven, max(CASE WHEN rank = 3 THEN sent END) AS last_proven,
         count(*) AS readings, max(received - bound - aged) AS latest,
         min(received - bound - aged) AS earliest, max(start_max) AS start_max, max(lag_limit) AS lag_limit
  FROM firm
  WHERE firm_until IS NULL OR received <= firm_until
  GROUP BY host, scope, runner, job, island
), agreed AS (
  SELECT host, scope, runner, job, sent, received FROM word WHERE agreed
), sided AS (
  SELECT g.host, g.scope, g.runner, g.job, g.island,
         -- A true reading that overlaps a false one was read all the same.
         max(CASE WHEN a.received <= g.first_sent OR a.received < g.earliest THEN 1 ELSE 0 END) AS before,
         max(CASE WHEN g.last_false_at <= a.received THEN 1 ELSE 0 END) AS after,
         max(CASE WHEN a.received <= g.last_sent THEN 1 ELSE 0 END) AS before_last
  FROM grouped AS g LEFT JOIN agreed AS a USING (host, scope, runner, job)
  GROUP BY g.host, g.scope, g.runner, g.job, g.island
)
SELECT g.host, g.scope, g.runner, g.runner_name, g.job, l.repo, l.job_name, l.conclusion,
       CASE rank WHEN 3 THEN 'proven' WHEN 2 THEN 'settled' ELSE 'provisional' END AS certainty,
       settled = 1 OR coalesce(last_proven - first_proven, 0) >= 5000 AS finding,
       CASE WHEN before_last = 1 OR latest > g.start_max + lag_limit THEN 'stale' ELSE 'lag' END AS class,
       CASE WHEN before = 1 AND after = 1 THEN 'flapped' WHEN before = 1 THEN 'flipped'
            WHEN after = 1 THEN 'late' ELSE 'never-set' END AS pattern,
       first_false_at, last_false_at, g.readings
FROM grouped AS g
JOIN sided USING (host, scope, runner, job, island)
JOIN life AS l ON l.host = g.host AND l.job = g.job;

-- How long after its start the flag was true at the latest, of each job; NULL
-- where it was never read true.
CREATE OR REPLACE TEMPORARY VIEW lag_of_job AS
WITH turned AS (
  SELECT *, min(CASE WHEN agreed THEN received END) OVER (PARTITION BY host, scope, runner, job) AS set_by
  FROM word
), denied AS (
  SELECT *, max(CASE WHEN NOT busy AND (set_by IS NULL OR received < set_by) THEN received END) OVER (
           PARTITION BY host, scope, runner, job) AS denied_last
  FROM turned
)
SELECT host, scope, runner, job, CASE WHEN true_at < start_max THEN 0 ELSE true_at - start_max END AS lag_ms
FROM (
  SELECT host, scope, runner, job, max(start_max) AS start_max,
         min(CASE WHEN busy AND (denied_last IS NULL OR denied_last < received) THEN received END) AS true_at
  FROM denied
  WHERE start_max IS NOT NULL
  GROUP BY host, scope, runner, job
) AS first_true;

-- By nearest rank; a job that was never read true ranks above all others. No
-- p99 from fewer than 100 jobs.
CREATE OR REPLACE TEMPORARY VIEW lag AS
WITH ranked AS (
  SELECT lag_ms, count(*) OVER () AS jobs, row_number() OVER (ORDER BY coalesce(lag_ms, 9223372036854775807)) AS place
  FROM lag_of_job
)
SELECT max(jobs) AS jobs,
       max(CASE WHEN place = ceil(jobs * 0.50) THEN lag_ms END) / 1000.0 AS p50_s,
       max(CASE WHEN place = ceil(jobs * 0.95) THEN lag_ms END) / 1000.0 AS p95_s,
       max(CASE WHEN place = ceil(jobs * 0.99) AND jobs >= 100 THEN lag_ms END) / 1000.0 AS p99_s,
       max(CASE WHEN place = jobs THEN lag_ms END) / 1000.0 AS max_s,
       sum(CASE WHEN lag_ms IS NULL THEN 1 ELSE 0 END) AS censored
FROM ranked;
