import { assert, assertEquals } from "@std/assert";
import { Workshop } from "../../lib/client/workshop.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A workshop whose builds take as long as they are told. */
function setUp() {
  const clock = new FakeClock();
  const next = { takes: 1 };
  const build = (kind: "real" | "cover") => {
    clock.jump(next.takes);
    return { cover: kind === "cover", wanted: () => true };
  };
  const workshop = new Workshop({
    clock,
    buildReal: () => build("real"),
    buildCover: () => build("cover"),
  });
  /** Build something that leaves at once. */
  const use = (takes: number) => {
    next.takes = takes;
    workshop.buildReal();
  };
  /** Whether a build begins with so many milliseconds left. */
  const begins = (left: number) => {
    const begun = workshop.step(clock.now() + left, { cover: false });
    workshop.real();
    return begun;
  };
  return { use, begins };
}

Deno.test("Workshop begins nothing that may not be done in time, as builds have taken", () => {
  const { use, begins } = setUp();
  for (let i = 0; i < 9; i++) use(5);
  assertEquals([begins(4), begins(5)], [false, true]);
});

Deno.test("Workshop is not put off by a build that was held up", () => {
  const { use, begins } = setUp();
  for (let i = 0; i < 4; i++) use(1);
  use(200);
  assert(begins(2));
});

Deno.test("Workshop learns that builds take longer than they did", () => {
  const { use, begins } = setUp();
  for (let i = 0; i < 9; i++) use(1);
  assert(begins(3));
  for (let i = 0; i < 5; i++) use(8);
  assertEquals([begins(7), begins(8)], [false, true]);
});
