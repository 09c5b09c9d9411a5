/**
 * The official client (npm, `@nymproject/nym-client-wasm-node`) as a process of its own: its settings as JSON in the first
 * argument, one JSON command per line on stdin, one JSON event per line on stdout. See `official_client.ts`.
 */
import "fake-indexeddb/auto";
import nym from "@nymproject/nym-client-wasm-node";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import type {
  OfficialClientCommand,
  OfficialClientEvent,
  OfficialClientSettings,
} from "./official_client.ts";

const settings: OfficialClientSettings = JSON.parse(Deno.args[0]!);

/** The memory of the library, which its types do not tell of. */
const { __wasm: { memory } } = nym as unknown as {
  __wasm: { memory: WebAssembly.Memory };
};

nym.set_panic_hook();

const client = await start();
tell({ event: "ready", address: client.selfAddress() });
for await (const line of lines(Deno.stdin.readable)) {
  const command: OfficialClientCommand = JSON.parse(line);
  if (command.command === "stop") break;
  try {
    await run(command);
    tell({ event: "sent" });
  } catch (error) {
    tell({ event: "error", message: String(error) });
  }
}
Deno.exit(0);

async function start(): Promise<nym.NymClient> {
  try {
    return await new nym.NymClient(onMessage, {
      clientId: settings.id,
      nymApiUrl: settings.apiUrl,
      forceTls: false,
      preferredGateway: settings.gateway,
      clientOverride: {
        traffic: {
          disableMainPoissonPacketDistribution: !settings.cover,
          ...settings.traffic,
        },
        coverTraffic: { disableLoopCoverTrafficStream: !settings.cover },
        ...settings.acknowledgements &&
          { acknowledgements: settings.acknowledgements },
      },
    });
  } catch (error) {
    tell({ event: "error", message: String(error) });
    Deno.exit(1);
  }
}

async function run(
  command: Exclude<OfficialClientCommand, { command: "stop" }>,
): Promise<void> {
  const body = Uint8Array.fromBase64(command.body);
  if (command.command === "reply") {
    await client.send_reply(body, command.senderTag);
  } else if (command.surbs > 0) {
    await client.send_anonymous_message(body, command.to, command.surbs);
  } else {
    await client.send_regular_message(body, command.to);
  }
}

/** The tag that comes along has no accessor: its 16 bytes are read out of the library's memory. */
function onMessage(body: Uint8Array, tag?: { __wbg_ptr: number }): void {
  const senderTag = tag === undefined ? null : encodeBase58(
    new Uint8Array(memory.buffer, tag.__wbg_ptr + 4, 16).slice(),
  );
  tell({ event: "message", body: body.toBase64(), senderTag });
}

function tell(event: OfficialClientEvent): void {
  const line = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
  for (let rest = line; rest.length > 0;) {
    rest = rest.subarray(Deno.stdout.writeSync(rest));
  }
}

async function* lines(
  input: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of input.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts.filter((part) => part !== "");
  }
}
