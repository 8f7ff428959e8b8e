#!/bin/sh
# How the cost of a watch grows with runners, repositories and jobs, beside the
# loop that everybody writes first: docs/curves.svg, and its figures as CSV on
# stdout. Some minutes; needs Python.
set -eu
cd "$(dirname "$0")/.."
room=$(mktemp -d)
trap 'rm -r "$room"' EXIT
cargo test --locked --release --lib cost_curves -- --ignored --nocapture |
    grep -E '^(grows|runners|repositories|jobs),' >"$room/curves.csv"
python3 -m venv "$room/python"
"$room/python/bin/pip" install -q --disable-pip-version-check matplotlib
"$room/python/bin/python" benches/curves.py "$room/curves.csv" docs/curves.svg
cat "$room/curves.csv"
