#!/bin/sh
# Alice writes to Bob, who is away: his chat shows who wrote, and answers with a line. On a mixnet of its own:
#
#     nymwire network up -- sh examples/07_chat.sh
set -eu
nymwire init --id alice --if-missing > /dev/null
nymwire init --id bob --if-missing > /dev/null
alice=$(nymwire whoami --id alice)
bob=$(nymwire whoami --id bob)

nymwire listen --id bob --first --timeout 120s --plugin chat --set chat.address=self \
  --set "chat.contacts={\"alice\":\"$alice\"}" --set "chat.answer=Back at noon" &

nymwire request --id alice --timeout 120s --to "$bob" --plugin chat --set chat.address=self \
  --set "chat.contacts={\"bob\":\"$bob\"}" "Hello, Bob"
wait
