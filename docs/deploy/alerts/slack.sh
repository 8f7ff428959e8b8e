#!/bin/sh
# Tells a channel by a Slack-style webhook (Slack, Mattermost, Rocket.Chat):
#
#   runner-desync watch … --on-desync '/etc/runner-desync/slack.sh'
#
# The webhook's address is a secret: it stands in a file of mode 0600 with one
# line, `url = "https://hooks.slack.com/services/…"`, so that `ps` does not show
# it. Names come from GitHub and can be anything: they are escaped as Slack wants
# it, and mention nobody.
set -eu
webhook=${SLACK_CONFIG:-/etc/runner-desync/slack.curl}

message=$(jq --compact-output --arg event "$RUNNER_DESYNC_EVENT" '
    def plain: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;")
        | gsub("`"; "\u02cb") | gsub("[[:cntrl:]]"; " ") | .[:200];
    def seconds: if . == null then "an unknown time" else "\(.) s" end;
    {
        "text": (
            "runner-desync: \($event): \(.kind), \(.class // .certainty)\n"
            + "runner `\(.runner.name // .runner.id | plain)` of \(.runner.scope | plain)"
            + (if .job then ", job `\(.job.name | plain)` of \(.job.repo | plain)" else "" end) + "\n"
            + "from \(.first_false_at) to \(.last_false_at), at most \(.at_most_s | seconds); killed: \(.killed)"
        ),
        "parse": "none", "link_names": 0, "unfurl_links": false
    }')
printf '%s' "$message" |
    curl --config "$webhook" --fail --silent --show-error --output /dev/null \
        --max-time 20 --retry 2 --header 'Content-Type: application/json' --data-binary @-
