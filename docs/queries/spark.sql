-- Recordings as flat tables, for Spark: the same as duckdb.sql makes for
-- DuckDB. ../queries.md says how to use it and what the tables hold.

CREATE OR REPLACE TEMPORARY VIEW line AS
SELECT file, coalesce(j.run, j.seq) AS run, j.* EXCEPT (run)
FROM (
  SELECT input_file_name() AS file, from_json(value, '
    seq BIGINT, rec STRING, run BIGINT,
    id STRING, host STRING, began TIMESTAMP, lag_limit_ms BIGINT,
    n BIGINT, target STRUCT<of: STRING, scope: STRING, page: BIGINT>,
    window STRUCT<sent: BIGINT, took: BIGINT>,
    conditional BOOLEAN, status BIGINT, date TIMESTAMP, age BIGINT, request_id STRING, said STRING,
    sent BIGINT, ok ARRAY<STRING>, ok_conditional ARRAY<STRING>, not_modified ARRAY<STRING>,
    parts ARRAY<BIGINT>') AS j
  FROM recorded
)
WHERE j.seq IS NOT NULL;

CREATE OR REPLACE TEMPORARY VIEW header AS
SELECT file, run, id, host, unix_millis(began) AS began, lag_limit_ms AS lag_limit
FROM line
WHERE rec = 'run';

CREATE OR REPLACE TEMPORARY VIEW said AS
SELECT file, run, seq, target, s.*
FROM (
  SELECT file, run, seq, target, from_json(said, '
    runners STRUCT<items: ARRAY<STRING>>,
    `runners-changed` STRUCT<items: ARRAY<STRING>, gone: ARRAY<BIGINT>>,
    runner STRING,
    jobs STRUCT<items: ARRAY<STRING>>,
    `jobs-changed` STRUCT<items: ARRAY<STRING>>,
    job STRING,
    unchanged STRUCT<as: BIGINT>') AS s
  FROM line
  WHERE rec = 'read'
);

CREATE OR REPLACE TEMPORARY VIEW exchange AS
WITH entry AS (
  SELECT file, run, sent, date, 200 AS status, false AS conditional, explode(ok) AS e FROM line
  UNION ALL
  SELECT file, run, sent, date, 200, true, explode(ok_conditional) FROM line
  UNION ALL
  SELECT file, run, sent, date, 304, true, explode(not_modified) FROM line
), part AS (
  SELECT * EXCEPT (e), from_json(e, 'ARRAY<STRING>') AS e FROM entry
)
SELECT file, run, n,
       CASE WHEN status = 200 THEN coalesce(s.unchanged.as, seq) END AS says,
       window.sent AS sent, window.sent + window.took AS received,
       unix_millis(date) AS dated, age, status, coalesce(conditional, false) AS conditional, request_id
FROM line JOIN said AS s USING (file, run, seq)
UNION ALL
SELECT file, run, CAST(e[4] AS BIGINT), CASE WHEN status = 200 THEN CAST(e[0] AS BIGINT) END,
       sent + CAST(e[1] AS BIGINT), sent + CAST(e[1] AS BIGINT) + CAST(e[2] AS BIGINT),
       unix_millis(date) + 1000 * CAST(e[3] AS BIGINT), NULL, status, conditional,
       get(from_json(get(e, 6), 'ARRAY<STRING>'), 0)
FROM part;

CREATE OR REPLACE TEMPORARY VIEW page AS
SELECT file, run, seq, target.scope AS scope, target.page AS page, runners IS NOT NULL AS whole
FROM said
WHERE runners IS NOT NULL OR `runners-changed` IS NOT NULL;

CREATE OR REPLACE TEMPORARY VIEW said_runner AS
WITH item AS (
  SELECT file, run, seq, target, explode(runners.items) AS item FROM said
  UNION ALL
  SELECT file, run, seq, target, explode(`runners-changed`.items) FROM said
  UNION ALL
  SELECT file, run, seq, target, runner FROM said WHERE runner LIKE '{%'
), shown AS (
  SELECT file, run, seq, target, from_json(item, 'id BIGINT, name STRING, status STRING, busy BOOLEAN') AS r
  FROM item
)
SELECT file, run, seq, target.scope AS scope, target.page AS page, r.id AS runner, false AS gone,
       r.name, r.status, r.busy
FROM shown
UNION ALL
SELECT file, run, seq, target.scope, target.page, explode(`runners-changed`.gone), true, NULL, NULL, NULL
FROM said;

CREATE OR REPLACE TEMPORARY VIEW job_item AS
WITH item AS (
  SELECT file, run, seq, explode(jobs.items) AS item FROM said
  UNION ALL
  SELECT file, run, seq, explode(`jobs-changed`.items) FROM said
  UNION ALL
  SELECT file, run, seq, job FROM said WHERE job LIKE '{%'
)
SELECT file, run, seq, from_json(item, '
  id BIGINT, repo STRING, name STRING, status STRING, conclusion STRING,
  started TIMESTAMP, completed TIMESTAMP,
  runner STRUCT<id: BIGINT, name: STRING, hosted: BOOLEAN>,
  steps ARRAY<STRUCT<name: STRING, status: STRING, conclusion: STRING, started: TIMESTAMP, completed: TIMESTAMP>>') AS j
FROM item;

CREATE OR REPLACE TEMPORARY VIEW said_job AS
SELECT file, run, seq, j.id AS job, j.repo, j.name, j.status, j.conclusion,
       unix_millis(j.started) AS started, unix_millis(j.completed) AS completed,
       j.runner.id AS runner, j.runner.name AS runner_name, coalesce(j.runner.hosted, false) AS hosted
FROM job_item;

CREATE OR REPLACE TEMPORARY VIEW said_step AS
SELECT file, run, seq, job, place + 1 AS place, step.name, step.status, step.conclusion,
       unix_millis(step.started) AS started, unix_millis(step.completed) AS completed
FROM (
  SELECT file, run, seq, j.id AS job, posexplode(j.steps) AS (place, step)
  FROM job_item
);

CREATE OR REPLACE TEMPORARY VIEW sandwich AS
SELECT file, run, seq, parts[0] AS bread, parts[1] AS middle, parts[2] AS lid
FROM line
WHERE rec = 'sandwich';
