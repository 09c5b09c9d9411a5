#!/bin/sh
# Numbers go through the mixnet, one message each, and are added up on the other side. On a mixnet of its own:
#
#     nymwire network up -- sh examples/06_shell_pipeline.sh
set -eu
nymwire init --id alice --if-missing > /dev/null
nymwire init --id bob --if-missing > /dev/null

seq 1 5 | nymwire send --id alice --to "$(nymwire whoami --id bob)" --split lines

nymwire listen --id bob --count 5 --timeout 120s | awk '{ sum += $1 } END { print "The sum is " sum }'
