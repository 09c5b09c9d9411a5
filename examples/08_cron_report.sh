#!/bin/sh
# A report that cron sends, packed on the way out and unpacked on arrival. On a mixnet of its own:
#
#     nymwire network up -- sh examples/08_cron_report.sh
#
# The line for crontab, which never runs twice at once and hides the minute it starts in:
#
#     */10 * * * *  df -P | flock -n /tmp/report.lock nymwire send --id alice --to-file bob.txt --wait acked --jitter 5m --plugin gzip
set -eu
nymwire init --id alice --if-missing > /dev/null
nymwire init --id bob --if-missing > /dev/null
to="$NYMWIRE_HOME/bob.txt"
nymwire whoami --id bob > "$to"

report() { seq 1 300 | sed "s/.*/disk &: $1/"; }
for state in "all is well" "all is well" "almost full"; do
  report "$state" | flock -n "$NYMWIRE_HOME/report.lock" nymwire send --id alice --to-file "$to" --wait acked --jitter 10ms --plugin gzip
done

# The second report says what the first one said: two of three are shown.
nymwire listen --id bob --raw --count 3 --timeout 120s --plugin gzip --plugin dedupe |
  awk 'END { print NR " lines, the last is: " $0 }'
