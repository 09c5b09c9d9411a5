/** What `help <topic>` explains beside commands, by name. */
export const TOPICS: Readonly<Record<string, string>> = {
  clients: `Which client a talking command uses; the first that fits:

  1. --url: the nym-client that listens there. With --id too, its address must be that home's.
  2. --ephemeral: a fresh identity in memory, gone at the end.
  3. A home: --id, NYMWIRE_ID, id in the settings file, or the only home there is. There: our own
     running process; else the nym-client on the home's port (exit 4 if it is another one: homes
     have the same port unless init was told --port; --direct passes it by); else the home is
     opened by the command itself. A home that the official client holds is opened only with
     --direct.
  4. A nym-client on ws://127.0.0.1:1977.

A nym-client serves one program at a time. Commands share its connection: who listens first has it,
others join, and one of them takes over at its end. For programs of yours: nymwire run --upstream.

Commands on one client share it: each listen prints every message. Only request waits for its turn, so that no
answer is taken for one to another question.

A client that wants a token (run --token-file) is given it in its url, ws://…?token=…: in NYMWIRE_URL or as url
of the settings file. Everyone on the machine can see what stands on a command line.

Homes are folders below clients/ in $NYMWIRE_HOME, else $NYM_HOME_DIR/.nym, else ~/.nym.
A home can be moved or copied as a whole: the files in it are used, whatever config.toml says of the
place it came from; upgrade corrects that. A copy stays the same client: as long as config.toml names
the original, only one of the two opens at a time (exit code 4); after that it is up to you.
`,
  "exit-codes": `  0    done as asked
  1    another failure, bugs included
  2    usage, configuration, a file of the home missing or unreadable, a home that needs upgrade
  3    client, directory or gateway down, refusing, answering nonsense, of another version, or no route
  4    client busy, home held, port taken, another identity
  5    connection or peer lost, retries used up
  6    time limit reached before the wanted result
  7    malformed address, unknown name, gateway not on this network
  8    refused: too large, rejected by the client, a stage or feature that it does not have
  9    a plugin or --exec failed and its policy is fail
  10   partial success, or something to do (listen: messages that a command or plugin failed on)
  11   cannot reply: unknown sender tag, no reply blocks left
  12   integrity: key halves that disagree, a digest that differs
  129  hung up, as by a terminal that was closed, before it was done
  130  interrupted before it was done
  141  output closed
  143  terminated before it was done
`,
  format: `--format STR prints STR for each message, with

  %s payload   %t time       %n number   %z size    \\n line feed   \\0 zero byte
  %x hex       %b base64     %g sender tag          \\t tab         \\\\ backslash   %% percent sign

A line feed follows unless STR ends in \\n or \\0; --join says otherwise.
`,
  json:
    `--json prints one object per line: v (1), type and time (RFC 3339) first. Fields are only ever added.

  message  id seq size senderTag stored redelivered, and text (valid UTF-8) or base64
  sent     id, to or replyTo, stage (queued, flushed, acked, failed) size packets surbs
  state    state reason            end       reason count (of listen also: kept; of a stream: sent received retransmissions)
  error    code message hint mayArrive (of several messages to be sent also: sent)
  address  address id              ready     url (of pipe --listen: address command)
  gateway  identity listener …     setting   key value origin
  client   what init made          counters  what run, network up and pipe --listen counted
  plan     what send --dry-run or upgrade --check would do
  step     what upgrade did, or a case of plugin test
  plugin   what plugin list, check and new tell

They are on stdout; those of a pipe whose stream is on stdout are on stderr.
end is the last object of listen and request, after error if there is one. Objects on standard output alone are
results: talk and warnings go to standard error. What listen --json prints, send --split ndjson and listen --replay
take. The schemas are in docs/schema of the repository.
`,
  "on-error":
    `--on-error says what becomes of a message that a command (--exec) or plugin fails on:

  keep         it stays in the inbox for the next listen; a plugin lets it go on as it was. Exit code 10
  drop         it is dropped
  dead-letter  it is put aside in nymwire/dead-letter.ndjson of the home; listen --replay takes it
  fail         nymwire ends with 9, and the message comes again

keep is the default for what arrives, fail for what send and request are about to send. listen -n counts messages that
were dealt with: those that stay in the inbox are none.
`,
  settings:
    `A value comes from the strongest of: flag, environment, settings file, the client's config.toml, built in.

  flag             environment             settings file
  --id             NYMWIRE_ID              id
  --url            NYMWIRE_URL             url
  --to             NYMWIRE_TO              to
  --network        NYMWIRE_NETWORK         network
  --timeout        NYMWIRE_TIMEOUT         timeout
  --wait           NYMWIRE_WAIT            wait
  --surbs          NYMWIRE_SURBS           surbs
  --color          NYMWIRE_COLOR           color
  --log-addresses  NYMWIRE_LOG_ADDRESSES   log_addresses

The settings file is $XDG_CONFIG_HOME/nymwire/config.toml, else ~/.config/nymwire/config.toml. In it surbs is a
number or "auto", log_addresses true or false, all others text in quotes; allowed_origins lists the web pages that
may use the websocket of run, and each [[plugin]] is one of the chain.

Homes are below $NYMWIRE_HOME, else $NYM_HOME_DIR/.nym, else ~/.nym. NO_COLOR is honoured. See: nymwire config show

The command of network up -- CMD finds NYMWIRE_HOME and NYMWIRE_NETWORK set, every other NYMWIRE_ variable unset, and
no settings file: XDG_CONFIG_HOME is a temporary folder.
`,
  stdin:
    `stdin is read only when a command takes a message and none was given, or when - is given. A message that is
given means that stdin is never touched. An empty message is an error unless --allow-empty; input of --split
without records is not.

Input that breaks in the middle (a line of ndjson that is none) ends the reading: what was read before is sent,
the error says how much that was and where the input broke, and the exit code is 10. Up to 64 messages are on
their way at once, and a mixnet does not keep their order: records may overtake each other. Number them, or use
one message or a pipe where order matters.

Where nobody reads the output any more a command ends with 141, and a message that was not written comes again.
Output that is closed from the start (>&-) cannot be told from /dev/null, which the runtime opens in its place: what
listen prints there is taken, and gone.
`,
};
