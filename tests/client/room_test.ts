import { assertEquals, assertRejects } from "@std/assert";
import { Room } from "../../lib/client/room.ts";

const signal = new AbortController().signal;

Deno.test("Room.take() waits in line while it is full", async () => {
  const room = new Room(10);
  const order: string[] = [];
  const take = async (name: string, amount: number) => {
    await room.take(amount, signal);
    order.push(name);
  };
  await take("a", 9);
  await take("b", 5);
  const [c, d] = [take("c", 1), take("d", 1)];
  room.release(4);
  await Promise.resolve();
  assertEquals(order, ["a", "b"]);
  room.release(2);
  await Promise.all([c, d]);
  assertEquals([order, room.used], [["a", "b", "c", "d"], 10]);
});

Deno.test("Room.take() lets what is larger than the room in alone", async () => {
  const room = new Room(10);
  await room.take(1000, signal);
  const second = room.take(1, signal);
  room.release(995);
  await second;
  assertEquals(room.used, 6);
});

Deno.test("Room.take() leaves the line when the signal fires", async () => {
  const room = new Room(1);
  await room.take(1, signal);
  const stop = new AbortController();
  const waiting = room.take(1, stop.signal);
  const next = room.take(1, signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  room.release(1);
  await next;
  assertEquals(room.used, 1);
});

Deno.test("Room.release() lets in one at a time, however often it is called", async () => {
  const room = new Room(10);
  await room.take(20, signal);
  const entered: string[] = [];
  const line = ["a", "b"].map((name) =>
    room.take(10, signal).then(() => entered.push(name))
  );
  room.release(11);
  room.release(1);
  await line[0];
  assertEquals([entered, room.used], [["a"], 18]);
  room.release(10);
  await line[1];
});
