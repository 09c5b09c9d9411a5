import { assertRejects } from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";

// In a file of its own: only the first timer of a process lets other tasks run while it is made.
Deno.test("systemClock notices a signal that fires while the first timer is made", async () => {
  const abort = new AbortController();
  queueMicrotask(() => abort.abort(new Error("enough")));
  await assertRejects(
    () => systemClock.until(Infinity, abort.signal),
    Error,
    "enough",
  );
});
