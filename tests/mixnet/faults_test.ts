import { assert, assertEquals, assertThrows } from "@std/assert";
import { Faults } from "../../lib/mixnet/faults.ts";

Deno.test("Faults repeat with their seed, and differ by seed and by node", () => {
  const losses = (node: string, seed: number) => {
    const faults = new Faults(node, seed, { loss: 30 });
    return Array.from({ length: 200 }, () => faults.loses());
  };
  assertEquals(losses("mix1", 7), losses("mix1", 7));
  assert(`${losses("mix1", 7)}` !== `${losses("mix1", 8)}`);
  assert(`${losses("mix1", 7)}` !== `${losses("mix2", 7)}`);
});

Deno.test("Faults happen as often as they should", () => {
  const faults = new Faults("mix1", 1, { loss: 5, duplicate: 50, delay: 20 });
  const n = 20_000;
  const rate = (happens: () => boolean) =>
    Array.from({ length: n }, happens).filter(Boolean).length / n;
  const lost = rate(() => faults.loses());
  assert(lost > 0.045 && lost < 0.055, `${lost}`);
  const doubled = rate(() => faults.duplicates());
  assert(doubled > 0.48 && doubled < 0.52, `${doubled}`);
  const delays = Array.from({ length: n }, () => faults.linkDelay());
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / n;
  assert(mean > 19 && mean < 21, `${mean}`);
  assert(delays.every((delay) => delay >= 0 && Number.isFinite(delay)));
});

Deno.test("Faults are off unless they are asked for, and can be switched", () => {
  const faults = new Faults("mix1", 1);
  const any = () =>
    faults.loses() || faults.duplicates() || faults.reorders() ||
    faults.swallowsAcks || faults.linkDelay() > 0;
  assert(!any());
  faults.set({ loss: 100, swallowAcks: true });
  assert(faults.loses() && faults.swallowsAcks);
  faults.set({ loss: 0 });
  assert(!faults.loses() && faults.swallowsAcks);
});

Deno.test("one fault does not shift the luck of another", () => {
  const alone = new Faults("mix1", 3, { loss: 50 });
  const both = new Faults("mix1", 3, { loss: 50, duplicate: 50 });
  for (let i = 0; i < 100; i++) {
    both.duplicates();
    assertEquals(alone.loses(), both.loses());
  }
});

Deno.test("Faults refuse what is no percentage and no delay", () => {
  for (const loss of [-1, 101, NaN]) {
    assertThrows(() => new Faults("mix1", 1, { loss }), RangeError);
  }
  const faults = new Faults("mix1", 1);
  assertThrows(() => faults.set({ delay: -1 }), RangeError);
});
