import { AsyncQueue } from "../async/queue.ts";
import { guest } from "./child/guest.ts";
import type { PluginPort } from "./port.ts";

/** Lines that wait at most; a plugin that is trusted is trusted not to flood us. */
const MAX_WAITING = 65_536;

/** Load a plugin into our own process: it can do what we can. */
export function startTrustedPort(name: string, url: string): PluginPort {
  const lines = new AsyncQueue<string>({ capacity: MAX_WAITING });
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let tell: (text: string) => void = () => {};
  function kill(reason: string): void {
    lines.close();
    resolve(reason);
  }
  guest({
    name,
    url,
    post(text) {
      if (!lines.offer(text) && !lines.closed) kill("said too much at once");
    },
    listen: (take) => tell = take,
  });
  return {
    lines,
    ended,
    send(line) {
      if (!lines.closed) tell(line);
      return Promise.resolve();
    },
    kill,
    [Symbol.asyncDispose]() {
      kill("was ended");
      return Promise.resolve();
    },
  };
}
