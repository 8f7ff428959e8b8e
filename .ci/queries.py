"""Compares the SQL of docs/queries with `report`, folder by folder.

    queries.py PROGRAM FOLDER...

Each folder holds recordings. The SQL must find the same periods of busy-false
and the same lags of the flag as the program does.
"""

import datetime
import json
import pathlib
import subprocess
import sys

import duckdb

QUERIES = pathlib.Path(__file__).parent.parent / "docs" / "queries"
LAGS = ["jobs", "p50_s", "p95_s", "p99_s", "max_s", "censored"]


def by_report(program, folder):
    """The periods and lags that `report` gives."""
    files = sorted(str(file) for file in folder.glob("*.ndjson*") if file.suffix != ".lock")
    made = subprocess.run([program, "report", "--format", "json", *files], capture_output=True, check=False)
    if made.returncode not in (0, 10, 11):
        sys.exit(f"{folder}: report exits {made.returncode}: {made.stderr.decode()}")
    report = json.loads(made.stdout)
    periods = [
        (
            period["runner"]["scope"],
            period["runner"]["id"],
            period["job"]["id"],
            period["first_false_at"],
            period["last_false_at"],
            period["readings"],
            period["certainty"],
            period["class"],
            period["pattern"],
        )
        for period in report["periods"]
        if period["kind"] == "busy-false"
    ]
    return sorted(periods), {name: report["lag"][name] for name in LAGS}


def by_sql(folder):
    """The same by DuckDB."""
    base = duckdb.connect()
    base.execute("SET VARIABLE recordings = ?", [f"{folder}/*.ndjson*"])
    for name in ("duckdb.sql", "periods.sql"):
        base.execute((QUERIES / name).read_text())
    rows = base.execute(
        "SELECT scope, runner, job, first_false_at, last_false_at, readings, certainty, class, pattern FROM period"
    ).fetchall()
    periods = [(*row[:3], utc(row[3]), utc(row[4]), *row[5:]) for row in rows]
    lags = base.execute("FROM lag").fetchone()
    return sorted(periods), dict(zip(LAGS, lags, strict=True))


def utc(millis):
    """As reports write an instant."""
    at = datetime.datetime.fromtimestamp(millis / 1000, datetime.UTC)
    fraction = f".{at.microsecond // 1000:03}" if at.microsecond else ""
    return at.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def differences(folder, program):
    """What only one of the two says."""
    periods, lags = by_report(program, folder)
    by_query, lags_by_query = by_sql(folder)
    yield from (f"only in the report: {period}" for period in periods if period not in by_query)
    yield from (f"only in SQL: {period}" for period in by_query if period not in periods)
    same = all((lags[name] or 0) == float(lags_by_query[name] or 0) for name in LAGS)
    if not same:
        yield f"lag: {lags} in the report, {lags_by_query} in SQL"


def main():
    program, *folders = sys.argv[1:]
    compared = differing = 0
    for folder in map(pathlib.Path, folders):
        found = list(differences(folder, program))
        for line in found:
            print(f"{folder}: {line}")
        differing += bool(found)
        compared += len(by_report(program, folder)[0])
    print(f"{len(folders)} folders, {compared} periods, {differing} folders differ")
    sys.exit(1 if differing else 0)


main()
