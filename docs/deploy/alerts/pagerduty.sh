#!/bin/sh
# Pages by the Events API v2 of PagerDuty: a finding that opens triggers, one
# that closes or is taken back resolves the same incident.
#
#   runner-desync watch … --on-desync '/etc/runner-desync/pagerduty.sh'
#
# The integration key is a secret: it stands in a file of mode 0600.
set -eu
key=${PAGERDUTY_KEY_FILE:-/etc/runner-desync/pagerduty.key}
url=${PAGERDUTY_URL:-https://events.pagerduty.com/v2/enqueue}

message=$(jq --compact-output --arg event "$RUNNER_DESYNC_EVENT" --rawfile key "$key" '
    def plain: tostring | gsub("[[:cntrl:]]"; " ") | .[:200];
    {
        "routing_key": ($key | rtrimstr("\n")),
        "event_action": (if $event == "opened" then "trigger" else "resolve" end),
        "dedup_key": "runner-desync/\(.runner.scope)/\(.runner.id)/\(.kind)/\(.job.id // 0)",
        "payload": {
            "summary": ("\(.kind): GitHub contradicts itself about runner \(.runner.name // .runner.id | plain)"
                + (if .job then " while \(.job.name | plain) runs on it" else "" end)),
            "source": (.runner.scope | plain),
            "severity": (if .killed == "yes" then "critical" else "error" end),
            "timestamp": .first_false_at,
            "custom_details": {"readings": .readings, "certainty": .certainty, "at_most_s": .at_most_s,
                "killed": .killed, "url": .job.html_url}
        }
    }')
printf '%s' "$message" |
    curl --fail --silent --show-error --output /dev/null --max-time 20 --retry 2 \
        --header 'Content-Type: application/json' --data-binary @- "$url"
