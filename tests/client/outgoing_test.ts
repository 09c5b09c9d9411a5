import { assert, assertEquals, assertRejects } from "@std/assert";
import { Outgoing } from "../../lib/client/outgoing.ts";
import { EXIT, NymError } from "../../lib/errors.ts";

function start(packets: number) {
  const told: string[] = [];
  const message = new Outgoing("id", packets, {
    onOver: () => told.push("over"),
    onRoom: (packets) => told.push(`room ${packets}`),
  });
  return { message, told };
}

Deno.test("Outgoing.reached() follows the packets", async () => {
  const { message, told } = start(2);
  await message.reached("queued");
  const stages: string[] = [];
  const waits = (["acked", "flushed"] as const).map(async (stage) => {
    await message.reached(stage);
    stages.push(stage);
  });
  message.packetLeft();
  message.packetAcked();
  message.packetLeft();
  await waits[1];
  assertEquals([stages, message.progress], [["flushed"], 3]);
  message.packetAcked();
  await Promise.all(waits);
  assertEquals(stages, ["flushed", "acked"]);
  assertEquals(told, ["room 1", "room 1", "over"]);
});

Deno.test("Outgoing.reached() rejects when the message fails, later and from then on", async () => {
  const { message, told } = start(3);
  const waiting = message.reached("acked");
  message.packetLeft();
  message.fail(new NymError("no", { exitCode: EXIT.lost }));
  await assertRejects(() => waiting, NymError, "no");
  await assertRejects(() => message.reached("flushed"), NymError, "no");
  await message.reached("queued");
  message.fail(new NymError("twice"));
  assertEquals(told, ["room 1", "room 2", "over"]);
});

Deno.test("Outgoing.reached() rejects with the signal's reason", async () => {
  const { message } = start(1);
  const stop = new AbortController();
  const waiting = message.reached("acked", stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
});

Deno.test("Outgoing.withdraw() takes back a message of which nothing has left", async () => {
  const { message } = start(2);
  assert(await message.withdraw());
  const error = await assertRejects(() => message.reached("acked"), NymError);
  assert(error.mayArrive === false);
  assert(await message.withdraw());
});

Deno.test("Outgoing.withdraw() admits that a part may arrive", async () => {
  const { message } = start(2);
  message.packetLeft();
  assert(!await message.withdraw());
  const error = await assertRejects(() => message.reached("acked"), NymError);
  assert(error.mayArrive === true);
});

Deno.test("Outgoing.withdraw() leaves a message alone that has left altogether", async () => {
  const { message } = start(1);
  message.packetLeft();
  assert(!await message.withdraw());
  message.packetAcked();
  await message.reached("acked");
});
