import type {
  JsonValue,
  Plugin,
  PluginBody,
  PluginContext,
  PluginFetchInit,
  PluginMessage,
} from "../api.ts";
import type { Hook, ToldMessage, ToPlugin } from "../protocol.ts";

/** How a guest reaches us, and what it is to load. */
export interface GuestPort {
  /** What the user calls the plugin. */
  readonly name: string;
  /** The `file:` URL of the plugin. */
  readonly url: string;
  /** Hand us a line. */
  post(text: string): void;
  /** Be called with every line of ours. */
  listen(take: (text: string) => void): void;
}

/**
 * Load a plugin and serve its hooks. This function is handed to the plugin's realm as text, so it uses nothing from outside
 * itself. It belongs to the plugin's side of the wall: nothing that it says is believed.
 */
export function guest(port: GuestPort): void {
  const { parse, stringify } = JSON;
  const MAX_TEXT = 4000;
  const HOOKS: readonly Hook[] = [
    "start",
    "message",
    "outgoing",
    "observe",
    "stop",
  ];
  const stopping = new AbortController();
  const waiting = new Map<
    number,
    { resolve(value: unknown): void; reject(error: Error): void }
  >();
  let plugin: Plugin;
  let context: PluginContext;
  let requests = 0;

  port.listen((text) => void take(parse(text)));
  void load();

  async function load(): Promise<void> {
    try {
      const module: { default?: unknown } = await import(port.url);
      const found = module.default;
      if (typeof found !== "object" || found === null) {
        throw new TypeError(
          "it has no default export that is an object with meta and hooks",
        );
      }
      plugin = found as Plugin;
      const hooks = HOOKS.filter((hook) => plugin[hook] !== undefined);
      const wrong = hooks.find((hook) => typeof plugin[hook] !== "function");
      if (wrong) throw new TypeError(`its ${wrong} is no function`);
      const known: readonly string[] = ["meta", ...HOOKS];
      tell({
        kind: "loaded",
        meta: plugin.meta ?? null,
        hooks,
        unknown: Object.keys(plugin).filter((key) => !known.includes(key)),
      });
    } catch (error) {
      tell({ kind: "unloadable", error: describe(error) });
    }
  }

  async function take(frame: ToPlugin): Promise<void> {
    switch (frame.kind) {
      case "answer":
        settle(frame.id)?.resolve(frame.value);
        return;
      case "refusal":
        settle(frame.id)?.reject(new Error(frame.message));
        return;
      case "start":
        context = contextOf(frame.options);
        break;
      case "stop":
        stopping.abort(new Error("The plugin has to end"));
        break;
      case "call":
        break;
    }
    try {
      const result = frame.kind === "call"
        ? await plugin[frame.hook]?.(messageOf(frame.message), context)
        : await plugin[frame.kind]?.(context);
      const verdict = frame.kind === "call" && frame.hook !== "observe"
        ? verdictOf(result)
        : { kind: "keep" };
      tell({ kind: "result", id: frame.id, verdict });
    } catch (error) {
      tell({ kind: "failure", id: frame.id, error: describe(error) });
    }
  }

  function contextOf(options: JsonValue): PluginContext {
    return Object.freeze({
      name: port.name,
      options: options as PluginContext["options"],
      signal: stopping.signal,
      log(text: string, level = "info") {
        tell({
          kind: "request",
          id: 0,
          request: { op: "log", level, text: cut(text) },
        });
      },
      address: () => ask({ op: "address" }) as Promise<string>,
      async reply(to: PluginMessage | string, body: PluginBody) {
        const senderTag = typeof to === "string" ? to : to.senderTag;
        if (senderTag === undefined) {
          throw new TypeError(
            "Cannot reply: the message came without reply blocks",
          );
        }
        await ask({ op: "reply", senderTag, body: base64(body) });
      },
      async send(to: string, body: PluginBody, { surbs = 0 } = {}) {
        await ask({ op: "send", to, body: base64(body), surbs });
      },
      fetch: fetchThroughUs,
      store: Object.freeze({
        async get<Value>(key: string) {
          const text = await ask({ op: "get", key }) as string | null;
          return text === null ? undefined : parse(text) as Value;
        },
        async set(key: string, value: JsonValue) {
          const text = stringify(value);
          if (text === undefined) {
            throw new TypeError(`Cannot store ${key}: need a JSON value`);
          }
          await ask({ op: "set", key, value: text });
        },
        delete: (key: string) => ask({ op: "delete", key }) as Promise<boolean>,
        keys: (prefix = "", { after = "" } = {}) =>
          ask({ op: "keys", prefix, after }) as Promise<string[]>,
      }),
    });
  }

  async function fetchThroughUs(
    url: string | URL,
    init: PluginFetchInit = {},
  ): Promise<Response> {
    const { method = "GET", headers = {}, body } = init;
    const { timeout = 20_000, maxBytes = 8 * 1024 * 1024 } = init;
    const answer = await ask({
      op: "fetch",
      url: String(url),
      method: method.toUpperCase(),
      headers: Object.entries(headers),
      body: body === undefined ? null : base64(body),
      timeout,
      maxBytes,
    }) as {
      url: string;
      status: number;
      statusText: string;
      headers: [string, string][];
      body: string;
    };
    const { status, statusText } = answer;
    const empty = [101, 204, 205, 304].includes(status);
    const response = new Response(
      empty ? null : Uint8Array.fromBase64(answer.body),
      { status, statusText, headers: answer.headers },
    );
    Object.defineProperty(response, "url", { value: answer.url });
    return response;
  }

  function messageOf(told: ToldMessage): PluginMessage {
    const bytes = Uint8Array.fromBase64(told.body);
    const text = () => {
      try {
        const decoder = new TextDecoder("utf-8", {
          fatal: true,
          ignoreBOM: true,
        });
        return decoder.decode(bytes);
      } catch {
        throw new TypeError("Cannot read the message as text: it is not UTF-8");
      }
    };
    return {
      direction: told.direction,
      id: told.id,
      seq: told.seq,
      time: new Date(told.time),
      bytes,
      senderTag: told.senderTag,
      stored: told.stored,
      redelivered: told.redelivered,
      to: told.to,
      replyTo: told.replyTo,
      text,
      json: () => parse(text()),
    };
  }

  function verdictOf(result: unknown): unknown {
    if (result === undefined) return { kind: "keep" };
    const verdict = result as Record<string, unknown> | null;
    switch (verdict?.["kind"]) {
      case "keep":
        return { kind: "keep" };
      case "drop":
        if (typeof verdict["reason"] !== "string") break;
        return { kind: "drop", reason: cut(verdict["reason"]) };
      case "replace":
        return { kind: "replace", body: base64(verdict["body"]) };
      case "emit": {
        const { bodies } = verdict;
        if (!Array.isArray(bodies)) break;
        return { kind: "emit", bodies: bodies.map(base64) };
      }
      case "stop": {
        const { body } = verdict;
        if (body === undefined) return { kind: "stop" };
        return { kind: "stop", body: base64(body) };
      }
    }
    throw new TypeError(
      `returned no verdict but ${cut(stringify(result) ?? typeof result, 200)}`,
    );
  }

  function ask(request: Record<string, unknown>): Promise<unknown> {
    const id = ++requests;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      tell({ kind: "request", id, request });
    });
  }

  function settle(id: number): ReturnType<typeof waiting.get> {
    const caller = waiting.get(id);
    waiting.delete(id);
    return caller;
  }

  function tell(frame: unknown): void {
    port.post(stringify(frame));
  }

  function base64(body: unknown): string {
    if (typeof body === "string") {
      return new TextEncoder().encode(body).toBase64();
    }
    if (body instanceof Uint8Array) return body.toBase64();
    throw new TypeError(
      `Cannot use a body: need text or a Uint8Array, have ${typeof body}`,
    );
  }

  function describe(error: unknown): Record<string, string> {
    const { name, message, stack } = error instanceof Error
      ? error
      : new Error(String(error));
    return {
      name: cut(name),
      message: cut(message),
      stack: cut(stack ?? ""),
    };
  }

  function cut(text: unknown, length = MAX_TEXT): string {
    const whole = String(text);
    return whole.length > length ? `${whole.slice(0, length - 1)}…` : whole;
  }
}
