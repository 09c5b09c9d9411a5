import { assert, assertEquals, assertFalse } from "@std/assert";
import { AckSchedule } from "../../lib/stream/ack_schedule.ts";

Deno.test("AckSchedule waits 300 ms for more to come, and a second while it comes", () => {
  const acks = new AckSchedule(0);
  assertEquals(acks.deadline, undefined);
  acks.arrived(100, 1000);
  assertEquals(acks.deadline, 1300);
  for (let now = 1100; now < 1900; now += 100) {
    acks.arrived(100, now);
    assertEquals(acks.deadline, Math.min(now + 300, 2000));
    assertFalse(acks.isDue(now));
  }
  assert(acks.isDue(2000));
  acks.told(0);
  assertFalse(acks.isDue(2000));
  assertEquals(acks.deadline, undefined);
});

Deno.test("AckSchedule tells at once after 64 KiB", () => {
  const acks = new AckSchedule(0);
  acks.arrived(65_535, 5);
  assertEquals(acks.deadline, 305);
  acks.arrived(1, 6);
  assertEquals(acks.deadline, 6);
  acks.told(0);
  acks.arrived(65_535, 7);
  assertFalse(acks.isDue(7));
});

Deno.test("AckSchedule answers at once, and nothing that comes later puts it off", () => {
  const acks = new AckSchedule(0);
  acks.answer(10);
  acks.arrived(1, 11);
  acks.answer(12);
  assertEquals(acks.deadline, 10);
});

Deno.test("AckSchedule tells of a window that has moved by 256 KiB", () => {
  const acks = new AckSchedule(1000);
  acks.limitMoved(1000 + 256 * 1024 - 1, 1);
  assertEquals(acks.deadline, undefined);
  acks.limitMoved(1000 + 256 * 1024, 2);
  assertEquals(acks.deadline, 2);
  acks.told(1000 + 256 * 1024);
  acks.limitMoved(1000 + 257 * 1024, 3);
  assertEquals(acks.deadline, undefined);
});
