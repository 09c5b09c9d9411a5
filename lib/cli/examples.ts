/** Command lines for help and man pages, by command, each with what it does. Tests parse every one of them. */
export const EXAMPLES: Readonly<
  Record<string, readonly (readonly [line: string, meaning: string])[]>
> = {
  send: [
    ["nymwire send --to self hello", "to oneself, to see that all works"],
    [
      "nymwire send --to-file friend.txt --file photo.jpg",
      "a file, the recipient kept out of ps",
    ],
    [
      "tail -f events.log | nymwire send --to-file ops.txt --split lines",
      "each line a message",
    ],
    [
      "nymwire send --to-file ops.txt --surbs auto 'are you there?'",
      "with room for an answer",
    ],
  ],
  listen: [
    ["nymwire listen", "a message a line, until Ctrl-C"],
    [
      "nymwire listen --first --raw --timeout 1m > photo.jpg",
      "one message, byte for byte",
    ],
    [
      "nymwire listen --json -n 10",
      "ten messages with all that is known of them",
    ],
    [
      "nymwire listen --exec 'wc -c' --answer",
      "answer each message with its size",
    ],
  ],
  request: [
    [
      "nymwire request --to-file oracle.txt 'what time is it?'",
      "ask, wait, print the answer",
    ],
    [
      "nymwire request --to-file oracle.txt --reply-size 1MB --timeout 5m report",
      "make room for a long answer",
    ],
  ],
  pipe: [
    [
      "tar c src | nymwire pipe --to-file backup.txt --code-file secret.code",
      "a folder, to a listener that knows the code",
    ],
    [
      "nymwire pipe --listen --code-file secret.code > src.tar",
      "the other side; the first time it makes the code",
    ],
    [
      "nymwire pipe --listen --keep-open --code-file secret.code --tcp localhost:22",
      "a server, for whoever has the code",
    ],
    [
      "nymwire pipe --to-file server.txt --code-file secret.code --tcp-listen 2222 --keep-open",
      "that server, on a port here",
    ],
  ],
  whoami: [
    ["nymwire whoami", "the address, on one line"],
    ["nymwire whoami --id alice --qr", "to be photographed"],
  ],
  init: [
    ["nymwire init --id alice", "a client on the main network"],
    [
      "nymwire init --id test --network local --if-missing",
      "on the embedded network, once",
    ],
  ],
  run: [
    ["nymwire run --id alice", "serve other programs on the client's port"],
    [
      "nymwire run --id test --local --init --port 0",
      "all of it in one process, for trying out",
    ],
    [
      "nymwire run --id echo --plugin echo --plugin-takes",
      "a service: what it has answered waits for nobody",
    ],
    [
      "nymwire run --upstream ws://127.0.0.1:1977 --port 1978",
      "share a nym-client, which serves one program at a time",
    ],
  ],
  upgrade: [
    ["nymwire upgrade --id alice --check", "is there something to do?"],
    ["nymwire upgrade --id alice", "with a backup, which --rollback puts back"],
  ],
  "network up": [
    ["nymwire network up", "a mixnet of one's own until Ctrl-C"],
    [
      "nymwire network up --loss 5 --seed 1 --port 0",
      "with faults, on any free port",
    ],
    [
      "nymwire network up -- sh -c 'nymwire init --id a && nymwire send --id a --to self hi'",
      "the line for CI",
    ],
  ],
  "plugin new": [["nymwire plugin new thanks", "a folder with a plugin"]],
  "plugin check": [["nymwire plugin check thanks/thanks.ts", "before it runs"]],
  "plugin test": [["nymwire plugin test thanks/thanks.ts", "its cases"]],
  "plugin list": [
    ["nymwire plugin list", "what the settings declare"],
    [
      "nymwire plugin list --plugin echo --set echo.prefix=re:",
      "one that comes with us",
    ],
  ],
  "gateways list": [[
    "nymwire gateways list --id alice",
    "the active one is marked",
  ]],
  "gateways add": [[
    "nymwire gateways add --id alice",
    "any gateway not used yet",
  ]],
  "gateways switch": [[
    "nymwire gateways switch --id alice 2BuMSfMW3zpeAjKXyKLhmY4QW1DXurrtSPEJ6CjX3SEh",
    "takes effect at the next start",
  ]],
  "config show": [[
    "nymwire config show --id alice",
    "and where each value comes from",
  ]],
  completions: [
    ["source <(nymwire completions bash)", "for this shell"],
    [
      "nymwire completions fish > ~/.config/fish/completions/nymwire.fish",
      "for good",
    ],
  ],
  help: [
    ["nymwire help send", "a command"],
    ["nymwire help exit-codes", "a topic"],
  ],
};

/** The examples of a command as help shows them; nothing if it has none. */
export function examplesText(command: string): string | undefined {
  const examples = EXAMPLES[command];
  if (!examples) return undefined;
  return `\nExamples:\n${
    examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}\n`).join("")
  }`;
}
