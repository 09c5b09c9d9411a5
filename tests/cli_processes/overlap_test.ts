import { assertEquals } from "@std/assert";
import { Testbed } from "../support/testbed.ts";

Deno.test("short commands on one home that overlap wait for each other, and each does its work", async () => {
  await using bed = await Testbed.create();
  await bed.network();
  const [, receiver] = await Promise.all([
    bed.init("sender"),
    bed.init("receiver"),
  ]);
  const texts = ["one", "two", "three", "four"];
  // All at once: some find a holder that starts, some one that ends, and one has to take over from another.
  const sends = await Promise.all(
    texts.map((text) =>
      bed.nymwire(["send", "--id", "sender", "--to", receiver, text])
    ),
  );
  for (const { code, stderr } of sends) assertEquals([code, stderr], [0, ""]);
  const { code, stdout } = await bed.nymwire([
    "listen",
    "--id",
    "receiver",
    "-n",
    String(texts.length),
  ]);
  assertEquals(code, 0);
  assertEquals(stdout.trimEnd().split("\n").toSorted(), texts.toSorted());

  const questions = ["red", "green", "blue"];
  const answering = bed.nymwire([
    "listen",
    "--id",
    "receiver",
    "--exec",
    "cat",
    "--answer",
    "-n",
    String(questions.length),
  ]);
  const asked = await Promise.all(
    questions.map((text) =>
      bed.nymwire(["request", "--id", "sender", "--to", receiver, text])
    ),
  );
  assertEquals(
    asked.map(({ code, stdout }) => [code, stdout]),
    questions.map((text) => [0, `${text}\n`]),
  );
  assertEquals((await answering).code, 0);
});
