import { broker, type BrokerConfig } from "./broker.ts";
import { guest } from "./guest.ts";
import { ownRealm } from "./own_realm.ts";

/** What the process of a plugin is told first, on one line; nothing else comes until the plugin is loaded. */
export interface ChildConfig extends Omit<BrokerConfig, "guest"> {
  /** What the user calls the plugin. */
  readonly name: string;
  /** The `file:` URL of the plugin. */
  readonly url: string;
}

/** Serve one plugin over standard input and output: what the process of a plugin does. */
export async function runPluginChild(): Promise<void> {
  const { name, url, ...rest } = JSON.parse(await readLine()) as ChildConfig;
  const config: BrokerConfig = { ...rest, guest: guestModule(name, url) };
  // A compiled program has every right that it was compiled with. What a worker imports statically is checked against
  // the rights of whoever started it, so there another worker stands between them, with the rights of the plugin.
  const { state } = await Deno.permissions.query({ name: "net" });
  const isTrusted = config.permissions === "inherit";
  if (state === "granted" && !isTrusted) brokerInWorker(config);
  else broker(config, Deno.exit);
}

function guestModule(name: string, url: string): string {
  return moduleUrl(`const post = self.postMessage.bind(self);
(${ownRealm})(post);
(${guest})({
  ...${JSON.stringify({ name, url })},
  post: (text) => post(text),
  listen: (take) => self.onmessage = ({ data }) => take(data),
});`);
}

function brokerInWorker(config: BrokerConfig): void {
  const module = moduleUrl(
    `(${broker})(${JSON.stringify(config)}, (code) => self.postMessage(code));`,
  );
  const worker = new Worker(module, {
    type: "module",
    deno: { permissions: config.permissions },
  });
  const exit = Deno.exit;
  worker.onmessage = ({ data }) => exit(Number(data));
  worker.onerror = () => exit(1);
}

function moduleUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** The first line of standard input, which is all that there is by now. */
async function readLine(): Promise<string> {
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(65_536);
  let text = "";
  while (!text.endsWith("\n")) {
    const length = await Deno.stdin.read(chunk);
    if (length === null) break;
    text += decoder.decode(chunk.subarray(0, length), { stream: true });
  }
  return text;
}
