#!/bin/sh
# The loop that everybody writes first: list the runners, list the jobs that
# run, join both. One pass, with curl, which asks as `gh api` does and starts faster.
#
# usage: naive.sh API_URL ORG    (the token in GH_TOKEN; needs jq)
# Prints the ids of runners that it takes for desynced, one a line.
set -eu
api=$1 org=$2
room=$(mktemp -d)
trap 'rm -r "$room"' EXIT

get() {
    curl -sS -H "Authorization: Bearer $GH_TOKEN" -H 'User-Agent: naive' "$api/$1"
}

page=1
: >"$room/runners"
while :; do
    get "orgs/$org/actions/runners?per_page=100&page=$page" >"$room/page"
    jq -c '.runners[]' "$room/page" >>"$room/runners"
    [ "$(jq '.runners | length' "$room/page")" = 100 ] || break
    page=$((page + 1))
done

: >"$room/jobs"
for repo in $(get "orgs/$org/repos?per_page=100" | jq -r '.[].full_name'); do
    runs=$(get "repos/$repo/actions/runs?status=in_progress&per_page=100" | jq -r '.workflow_runs[].id')
    for run in $runs; do
        get "repos/$repo/actions/runs/$run/jobs?per_page=100" |
            jq -c '.jobs[] | select(.status == "in_progress")' >>"$room/jobs"
    done
done

jq -rn --slurpfile runners "$room/runners" --slurpfile jobs "$room/jobs" '
    ($runners | map(select(.busy | not) | {(.id | tostring): true}) | add // {}) as $idle
    | $jobs[] | select($idle[.runner_id | tostring]) | .runner_id' | sort -nu
