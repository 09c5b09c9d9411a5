#!/bin/sh
# A service that broadcasts Bitcoin transactions for people whom it does not know, before a web service that takes the place of
# a Bitcoin node. On a mixnet of its own:
#
#     nymwire network up -- sh examples/09_tx_broadcast.sh
set -eu
here=$(dirname "$0")
deno="${DENO:-deno}"
pids=
trap 'kill $pids; wait' EXIT

"$deno" run -A --quiet "$here/tx_broadcast/esplora.ts" > "$NYMWIRE_HOME/esplora.txt" &
pids="$pids $!"
until [ -s "$NYMWIRE_HOME/esplora.txt" ]; do sleep 0.1; done
endpoint=$(cat "$NYMWIRE_HOME/esplora.txt")
host=${endpoint#http://}

nymwire init --id btc --if-missing > /dev/null
nymwire run --id btc --port 0 --plugin tx_broadcast \
  --set "tx_broadcast.endpoint=$endpoint" --grant "tx_broadcast.net=${host%/api}" > /dev/null 2>&1 &
pids="$pids $!"

"$deno" run -A --quiet "$here/tx_broadcast/client.ts" "$NYMWIRE_NETWORK" "$(nymwire whoami --id btc)" \
  < "$here/tx_broadcast/payment.hex"
