-- Recordings as flat tables, for DuckDB. ../queries.md says how to use it and
-- what the tables hold; spark.sql gives the same ones to Spark. Nothing is
-- judged here.

CREATE OR REPLACE TEMPORARY TABLE line AS
SELECT file, coalesce(j.run, j.seq) AS run, j.* EXCLUDE run
FROM (
  SELECT filename AS file, json_transform(json, '{
    "seq": "BIGINT", "rec": "VARCHAR", "run": "BIGINT",
    "id": "VARCHAR", "host": "VARCHAR", "began": "TIMESTAMP", "lag_limit_ms": "BIGINT",
    "n": "BIGINT", "target": {"of": "VARCHAR", "scope": "VARCHAR", "page": "BIGINT"},
    "window": {"sent": "BIGINT", "took": "BIGINT"},
    "conditional": "BOOLEAN", "status": "BIGINT", "date": "TIMESTAMP", "age": "BIGINT",
    "request_id": "VARCHAR", "said": "JSON",
    "sent": "BIGINT", "ok": ["JSON"], "ok_conditional": ["JSON"], "not_modified": ["JSON"],
    "parts": ["BIGINT"]}') AS j
  FROM read_ndjson_objects(getvariable('recordings'), filename = true,
                           ignore_errors = true, maximum_object_size = 67108864)
);

CREATE OR REPLACE TEMPORARY TABLE header AS
SELECT file, run, id, host, epoch_ms(began) AS began, lag_limit_ms AS lag_limit
FROM line
WHERE rec = 'run';

-- What a `read` line says: which sort of answer, and its parts.
CREATE OR REPLACE TEMPORARY TABLE said AS
SELECT file, run, seq, target, s.*
FROM (
  SELECT file, run, seq, target, json_transform(said, '{
    "runners": {"items": ["JSON"]},
    "runners-changed": {"as": "BIGINT", "items": ["JSON"], "gone": ["BIGINT"]},
    "runner": "JSON",
    "jobs": {"items": ["JSON"]},
    "jobs-changed": {"items": ["JSON"]},
    "job": "JSON",
    "unchanged": {"as": "BIGINT"}}') AS s
  FROM line
  WHERE rec = 'read'
);

CREATE OR REPLACE TEMPORARY TABLE exchange AS
WITH entry AS (
  SELECT file, run, sent, date, 200 AS status, false AS conditional, unnest(ok) AS e FROM line
  UNION ALL
  SELECT file, run, sent, date, 200, true, unnest(ok_conditional) FROM line
  UNION ALL
  SELECT file, run, sent, date, 304, true, unnest(not_modified) FROM line
)
SELECT file, run, n,
       CASE WHEN status = 200 THEN coalesce(s.unchanged."as", seq) END AS says,
       "window".sent AS sent, "window".sent + "window".took AS received,
       epoch_ms(date) AS dated, age, status, coalesce(conditional, false) AS conditional, request_id
FROM line JOIN said AS s USING (file, run, seq)
UNION ALL
SELECT file, run, CAST(e[4] AS BIGINT), CASE WHEN status = 200 THEN CAST(e[0] AS BIGINT) END,
       sent + CAST(e[1] AS BIGINT), sent + CAST(e[1] AS BIGINT) + CAST(e[2] AS BIGINT),
       epoch_ms(date) + 1000 * CAST(e[3] AS BIGINT), NULL, status, conditional, e[6] ->> 0
FROM entry;

CREATE OR REPLACE TEMPORARY TABLE page AS
SELECT file, run, seq, target.scope AS scope, target.page AS page, runners IS NOT NULL AS whole
FROM said
WHERE runners IS NOT NULL OR "runners-changed" IS NOT NULL;

CREATE OR REPLACE TEMPORARY TABLE said_runner AS
WITH item AS (
  SELECT file, run, seq, target, unnest(runners.items) AS item FROM said
  UNION ALL
  SELECT file, run, seq, target, unnest("runners-changed".items) FROM said
  UNION ALL
  SELECT file, run, seq, target, runner FROM said WHERE json_type(runner) = 'OBJECT'
), shown AS (
  SELECT file, run, seq, target,
         json_transform(item, '{"id": "BIGINT", "name": "VARCHAR", "status": "VARCHAR", "busy": "BOOLEAN"}') AS r
  FROM item
)
SELECT file, run, seq, target.scope AS scope, target.page AS page, r.id AS runner, false AS gone,
       r.name, r.status, r.busy
FROM shown
UNION ALL
SELECT file, run, seq, target.scope, target.page, unnest("runners-changed".gone), true, NULL, NULL, NULL
FROM said;

CREATE OR REPLACE TEMPORARY TABLE job_item AS
WITH item AS (
  SELECT file, run, seq, unnest(jobs.items) AS item FROM said
  UNION ALL
  SELECT file, run, seq, unnest("jobs-changed".items) FROM said
  UNION ALL
  SELECT file, run, seq, job FROM said WHERE json_type(job) = 'OBJECT'
)
SELECT file, run, seq, json_transform(item, '{
  "id": "BIGINT", "repo": "VARCHAR", "name": "VARCHAR", "status": "VARCHAR", "conclusion": "VARCHAR",
  "started": "TIMESTAMP", "completed": "TIMESTAMP",
  "runner": {"id": "BIGINT", "name": "VARCHAR", "hosted": "BOOLEAN"},
  "steps": [{"name": "VARCHAR", "status": "VARCHAR", "conclusion": "VARCHAR",
             "started": "TIMESTAMP", "completed": "TIMESTAMP"}]}') AS j
FROM item;

CREATE OR REPLACE TEMPORARY TABLE said_job AS
SELECT file, run, seq, j.id AS job, j.repo, j.name, j.status, j.conclusion,
       epoch_ms(j.started) AS started, epoch_ms(j.completed) AS completed,
       j.runner.id AS runner, j.runner.name AS runner_name, coalesce(j.runner.hosted, false) AS hosted
FROM job_item;

CREATE OR REPLACE TEMPORARY TABLE said_step AS
SELECT file, run, seq, job, place, step.name, step.status, step.conclusion,
       epoch_ms(step.started) AS started, epoch_ms(step.completed) AS completed
FROM (
  SELECT file, run, seq, j.id AS job, unnest(j.steps) AS step, generate_subscripts(j.steps, 1) AS place
  FROM job_item
);

CREATE OR REPLACE TEMPORARY TABLE sandwich AS
SELECT file, run, seq, parts[1] AS bread, parts[2] AS middle, parts[3] AS lid
FROM line
WHERE rec = 'sandwich';
