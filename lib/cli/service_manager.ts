import { type Clock, sleep } from "../async/clock.ts";
import type { Environment } from "./context.ts";
import { fileFault } from "./file_fault.ts";

/** What a service manager such as systemd is told (sd_notify(3)). */
export interface ServiceManager extends AsyncDisposable {
  /** The service does what it is for. */
  ready(status: string): Promise<void>;
  /** What it does now, in a line for people. */
  status(status: string): Promise<void>;
  /** It is about to end. */
  stopping(): Promise<void>;
}

/** How a word gets to the service manager. */
export interface NotifySocket {
  send(text: string): Promise<void>;
  close(): void;
}

/** Options of {@linkcode serviceManager}. */
export interface ServiceManagerOptions {
  readonly env: Environment;
  readonly clock: Clock;
  /** The number of this process. */
  readonly pid: number;
  /** Opens the way to the service manager. @default a unix datagram socket */
  readonly open?: ((path: string) => Promise<NotifySocket>) | undefined;
  /** Hears, once, why words do not get there. */
  onFailure(reason: string): void;
}

/** Speak to the service manager that `NOTIFY_SOCKET` names, and keep its watchdog quiet; without one nothing happens. */
export async function serviceManager(
  options: ServiceManagerOptions,
): Promise<ServiceManager> {
  const { env, clock, onFailure, open = openNotifySocket } = options;
  const path = env.get("NOTIFY_SOCKET");
  if (!path) return silent();
  let hasFailed = false;
  function fail(error: unknown): void {
    if (hasFailed) return;
    hasFailed = true;
    onFailure(
      `cannot tell the service manager at ${path} (NOTIFY_SOCKET): ${
        fileFault(error)
      }`,
    );
  }
  let socket: NotifySocket;
  try {
    socket = await open(path);
  } catch (error) {
    fail(error);
    return silent();
  }
  async function tell(...lines: string[]): Promise<void> {
    try {
      await socket.send(lines.join("\n"));
    } catch (error) {
      // A service that cannot tell how it is goes on all the same.
      fail(error);
    }
  }
  const stop = new AbortController();
  const dog = feedWatchdog(options, clock, () => tell("WATCHDOG=1"), stop);
  return {
    ready: (status) => tell("READY=1", `STATUS=${status}`),
    status: (status) => tell(`STATUS=${status}`),
    stopping: () => tell("STOPPING=1"),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await dog;
      socket.close();
    },
  };
}

/** Say that we live, twice in each period that the watchdog allows. */
async function feedWatchdog(
  { env, pid }: ServiceManagerOptions,
  clock: Clock,
  feed: () => Promise<void>,
  stop: AbortController,
): Promise<void> {
  const period = Number(env.get("WATCHDOG_USEC") ?? 0) / 1000;
  const owner = env.get("WATCHDOG_PID");
  if (!(period > 0) || (owner && owner !== String(pid))) return;
  try {
    for (;;) {
      await feed();
      await sleep(clock, period / 2, stop.signal);
    }
  } catch {
    // Stopped: the clock has no other reason to give up.
  }
}

function silent(): ServiceManager {
  const nothing = () => Promise.resolve();
  return {
    ready: nothing,
    status: nothing,
    stopping: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}

/** Connect to a unix datagram socket, of which `@` stands for one without a file. Ours has a name for a moment only: nobody answers on it. */
async function openNotifySocket(path: string): Promise<NotifySocket> {
  const folder = await Deno.makeTempDir({ prefix: "nymwire-notify-" });
  try {
    const socket = Deno.listenDatagram({
      transport: "unixpacket",
      path: `${folder}/socket`,
    });
    return {
      async send(text) {
        const bytes = new TextEncoder().encode(text);
        const to = path.replace(/^@/, "\0");
        await socket.send(bytes, { transport: "unixpacket", path: to });
      },
      close: () => socket.close(),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
