import { assert, assertEquals } from "@std/assert";
import { LARGEST_WINDOW, SendWindow } from "../../lib/client/window.ts";

Deno.test("SendWindow grows while packets wait for nobody, up to its bound", () => {
  const window = new SendWindow();
  const before = window.size;
  window.acknowledged(120, 90);
  assertEquals(window.size, before + 1);
  for (let i = 0; i < 5000; i++) window.acknowledged(100, 90);
  assertEquals(window.size, LARGEST_WINDOW);
});

Deno.test("SendWindow shrinks while queues are long, down to its bound", () => {
  const window = new SendWindow();
  const before = window.size;
  for (let i = 0; i < 10; i++) window.acknowledged(400, 90);
  assertEquals(window.size, before - 5);
  for (let i = 0; i < 500; i++) window.acknowledged(400, 90);
  assertEquals(window.size, 16);
});

Deno.test("SendWindow takes losses of one second as one", () => {
  const window = new SendWindow();
  const before = window.size;
  for (let now = 0; now < 1000; now += 10) window.timedOut(now);
  assertEquals(window.size, Math.floor(before * 0.7));
  window.timedOut(1000);
  assert(window.size < before * 0.5);
});
