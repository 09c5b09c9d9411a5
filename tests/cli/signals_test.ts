import { assertEquals } from "@std/assert";
import { Interruption } from "../../lib/cli/interruption.ts";
import { listenForSignals } from "../../lib/cli/signals.ts";

/** A process that can be sent signals. */
function fake({ outlivesTerminal = false, lostTerminal = false } = {}) {
  const handlers = new Map<Deno.Signal, () => void>();
  const seconds: string[] = [];
  const { signal, onReload } = listenForSignals(
    {
      add: (name, handler) => handlers.set(name, handler),
      outlivesTerminal,
      hasLostTerminal: () => lostTerminal,
    },
    (reason) => seconds.push(reason.signal),
  );
  return {
    seconds,
    onReload,
    send: (name: Deno.Signal) => handlers.get(name)?.(),
    ended: () =>
      signal.reason instanceof Interruption ? signal.reason.signal : undefined,
  };
}

Deno.test("the first signal ends in order, the second at once, a second SIGHUP not", () => {
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    const process = fake();
    process.send(name);
    assertEquals(process.ended(), name);
    process.send("SIGHUP");
    assertEquals(process.seconds, []);
    process.send("SIGTERM");
    assertEquals(process.seconds, ["SIGTERM"]);
  }
});

Deno.test("SIGHUP does not end what reloads, until it reloads no more", () => {
  const process = fake();
  let reloads = 0;
  const forget = process.onReload(() => reloads++);
  process.send("SIGHUP");
  assertEquals([reloads, process.ended()], [1, undefined]);
  forget();
  process.send("SIGHUP");
  assertEquals([reloads, process.ended()], [1, "SIGHUP"]);
});

Deno.test("SIGHUP ends even what reloads, if the terminal is gone", () => {
  const process = fake({ lostTerminal: true });
  let reloads = 0;
  process.onReload(() => reloads++);
  process.send("SIGHUP");
  assertEquals([reloads, process.ended()], [0, "SIGHUP"]);
});

Deno.test("SIGHUP does not end what is to outlive its terminal", () => {
  const process = fake({ outlivesTerminal: true, lostTerminal: true });
  process.send("SIGHUP");
  let reloads = 0;
  const forget = process.onReload(() => reloads++);
  process.send("SIGHUP");
  forget();
  process.send("SIGHUP");
  assertEquals([reloads, process.ended()], [1, undefined]);
});
