import { assert, assertEquals, assertMatch } from "@std/assert";
import { pattern } from "../support/mixnet_clients.ts";
import { Testbed } from "../support/testbed.ts";

Deno.test("a network that loses packets loses no message, and both sides tell what it took", async () => {
  await using bed = await Testbed.create();
  const network = await bed.network("--loss", "5", "-v");
  const [receiver] = await Promise.all([
    bed.init("receiver"),
    bed.init("sender"),
  ]);
  const [from, to] = await Promise.all([
    bed.run("sender", "-v"),
    bed.run("receiver", "-v"),
  ]);
  const file = bed.path("file");
  const body = pattern(1_000_000);
  await Deno.writeFile(file, body);

  const [listen, send] = await Promise.all([
    bed.nymwire(["listen", "--id", "receiver", "--first", "--raw"]),
    bed.nymwire(["send", "--id", "sender", "--to", receiver, "--file", file]),
  ]);
  assertEquals(send.code, 0, send.stderr);
  assertEquals(listen.code, 0, listen.stderr);
  assertEquals(listen.bytes, body);

  // Told when they end: --verbose for people, --json for programs.
  const [sent, received] = await Promise.all([
    from.process.end(),
    to.process.end(),
  ]);
  const { stderr } = await network.process.end();
  const repeated = /^ +(\d+) {2}of them sent again/m.exec(sent.stderr);
  assert(Number(repeated?.[1]) > 0, sent.stderr);
  assertMatch(received.stderr, /^ +1 {2}messages received$/m);
  const lost = /^ +(\d+) {2}dropped on purpose: loss$/m.exec(stderr);
  assert(Number(lost?.[1]) > 0, stderr);
  assertMatch(stderr, /Faults repeat with --seed \d+/);
});
