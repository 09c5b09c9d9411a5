/** What a broker needs to know; nobody but it and us learns the secret. */
export interface BrokerConfig {
  /** Marks its lines on standard output: a plugin that prints cannot forge them. */
  readonly secret: string;
  /** The module of the guest, as a `data:` URL. */
  readonly guest: string;
  /** What the worker may do; all that its process may if the plugin is trusted. */
  readonly permissions: Deno.PermissionOptionsObject | "inherit";
  /** The process ends itself when it takes more memory than this, in bytes. */
  readonly maxMemory: number;
  /** The longest line of a guest, in characters. */
  readonly maxFrame: number;
}

/** What a broker tells of its own: why the plugin cannot go on. */
export interface BrokerReport {
  readonly reason: string;
}

/**
 * Stand between a plugin and us: carry lines both ways, and tell when the plugin has come to an end. It understands nothing
 * of what it carries. Handed on as text where a process has too many rights, so it uses nothing from outside itself.
 *
 * Lines to us are `<secret> g<JSON of the guest>` or `<secret> b<JSON of its own>`, each after a line feed, so that whatever
 * the plugin prints ends before them.
 */
export function broker(config: BrokerConfig, exit: (code: number) => void) {
  const WATCH_MS = 50;
  const { secret, guest, permissions, maxMemory, maxFrame } = config;
  const encoder = new TextEncoder();
  const lines: string[] = [];
  let over = false;
  let idle = true;

  const worker = new Worker(guest, {
    type: "module",
    name: "plugin",
    deno: { permissions },
  });
  worker.onmessage = ({ data }) => {
    if (over) return;
    if (typeof data !== "string" || /[\r\n]/.test(data)) end("said nonsense");
    else if (data.length > maxFrame) end("said too much at once");
    else write("g", data);
  };
  worker.onmessageerror = () => end("said nonsense");
  worker.onerror = (event) => {
    event.preventDefault();
    const { message, filename, lineno, colno } = event;
    const place = filename ? ` at ${filename}:${lineno}:${colno}` : "";
    end(`failed outside of any call: ${message}${place}`);
  };
  setInterval(() => {
    const { rss } = Deno.memoryUsage();
    if (rss > maxMemory) {
      worker.terminate();
      end(`took ${Math.round(rss / 2 ** 20)} MiB of memory`);
    }
  }, WATCH_MS);
  void carry();

  async function carry(): Promise<void> {
    let rest = "";
    const parts: string[] = [];
    for await (
      const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    ) {
      const [first = "", ...others] = chunk.split("\n");
      parts.push(first);
      for (const other of others) {
        rest = parts.join("");
        parts.length = 0;
        parts.push(other);
        worker.postMessage(rest);
      }
    }
    // Nobody is left to work for.
    exit(0);
  }

  function end(reason: string): void {
    if (over) return;
    over = true;
    write("b", JSON.stringify({ reason: reason.slice(0, 2000) }));
  }

  function write(origin: "g" | "b", json: string): void {
    lines.push(`\n${secret} ${origin}${json}\n`);
    if (idle) void flush();
  }

  /** Writing waits for its reader without stopping the watch over memory. */
  async function flush(): Promise<void> {
    idle = false;
    for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
      let bytes = encoder.encode(line);
      while (bytes.length > 0) {
        bytes = bytes.subarray(await Deno.stdout.write(bytes));
      }
    }
    idle = true;
    if (over) exit(1);
  }
}
