import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Testbed } from "../support/testbed.ts";

Deno.test("homes outlive their network, clients their processes, and messages both", async (t) => {
  await using bed = await Testbed.create();
  let network = await bed.network();
  const { apiUrl } = network;
  const [alice, bob] = await Promise.all([bed.init("alice"), bed.init("bob")]);
  let [runningAlice, runningBob] = await Promise.all([
    bed.run("alice"),
    bed.run("bob"),
  ]);

  /** Send from one to the other, and take it out there. */
  async function exchange(from: string, to: string, text: string) {
    const address = to === "alice" ? alice : bob;
    const [listen, send] = await Promise.all([
      bed.nymwire(["listen", "--id", to, "--first"]),
      bed.nymwire(["send", "--id", from, "--to", address, text]),
    ]);
    assertEquals([send.code, send.stderr], [0, ""]);
    assertEquals([listen.code, listen.stdout], [0, `${text}\n`]);
  }

  await t.step(
    "clients that run find a network that was stopped and started again",
    async () => {
      assertEquals((await network.process.end()).code, 0);
      await Promise.all(
        [runningAlice, runningBob].map(({ process }) =>
          process.tells(/^reconnecting: .+$/m)
        ),
      );
      network = await bed.network();
      assertEquals(network.apiUrl, apiUrl);
      await Promise.all(
        [runningAlice, runningBob].map(({ process }) =>
          process.tells(/^connected$/m)
        ),
      );
      await exchange("alice", "bob", "after a restart");
    },
  );

  await t.step(
    "a client that is killed starts again, and gets what came meanwhile",
    async () => {
      const killed = await runningBob.process.end("SIGKILL");
      assertEquals(killed.code, 137);
      const send = await bed.nymwire([
        "send",
        "--id",
        "alice",
        "--to",
        bob,
        "meanwhile",
      ]);
      assertEquals([send.code, send.stderr], [0, ""]);
      runningBob = await bed.run("bob");
      const listen = await bed.nymwire([
        "listen",
        "--id",
        "bob",
        "--first",
        "--json",
      ]);
      const { text, redelivered } = JSON.parse(listen.stdout.split("\n")[0]!);
      assertEquals([text, redelivered], ["meanwhile", false]);
    },
  );

  await t.step(
    "an anonymous message is answered after both sides were killed and started again",
    async () => {
      const [listen, send] = await Promise.all([
        bed.nymwire(["listen", "--id", "bob", "--first", "--json"]),
        bed.nymwire(
          ["send", "--id", "alice", "--to", bob, "--surbs", "auto", "who?"],
        ),
      ]);
      assertEquals([send.code, send.stderr], [0, ""]);
      const { text, senderTag } = JSON.parse(listen.stdout.split("\n")[0]!);
      assertEquals(text, "who?");
      await Promise.all([
        runningAlice.process.end("SIGKILL"),
        runningBob.process.end("SIGKILL"),
      ]);
      [runningAlice, runningBob] = await Promise.all([
        bed.run("alice"),
        bed.run("bob"),
      ]);
      const [answer, reply] = await Promise.all([
        bed.nymwire(["listen", "--id", "alice", "--first"]),
        bed.nymwire(["send", "--id", "bob", "--reply-to", senderTag, "me"]),
      ]);
      assertEquals([reply.code, reply.stderr], [0, ""]);
      assertEquals([answer.code, answer.stdout], [0, "me\n"]);
    },
  );

  await t.step(
    "homes survive a network and clients that are killed, without `run` too",
    async () => {
      await Promise.all([
        network.process.end("SIGKILL"),
        runningAlice.process.end("SIGKILL"),
        runningBob.process.end("SIGKILL"),
      ]);
      // Its word is stale: nobody is sent to a network that is not there.
      const init = await bed.nymwire([
        "init",
        "--id",
        "x",
        "--network",
        "local",
      ]);
      assertEquals(init.code, 3);
      assertMatch(init.stderr, /^error: .*\nhint: .*nymwire network up\n$/);
      network = await bed.network();
      assertEquals(network.apiUrl, apiUrl);
      await exchange("bob", "alice", "after a kill");
    },
  );

  await t.step(
    "a port that is taken is exchanged, with a warning",
    async () => {
      await network.process.end();
      const port = Number(new URL(apiUrl).port);
      using _thief = Deno.listen({ hostname: "127.0.0.1", port });
      network = await bed.network();
      assertNotEquals(network.apiUrl, apiUrl);
      await network.process.tells(
        new RegExp(`^warning: directory: port ${port} is taken`, "m"),
      );
      // Homes of `local` follow it there.
      runningAlice = await bed.run("alice");
      await exchange("bob", "alice", "elsewhere");
      assertEquals((await runningAlice.process.end()).code, 0);
    },
  );

  await t.step(
    "a network with fresh keys is another one: the home's gateway is gone",
    async () => {
      await network.process.end();
      network = await bed.network("--fresh");
      const send = await bed.nymwire([
        "send",
        "--id",
        "alice",
        "--to",
        "self",
        "x",
      ]);
      assertEquals(send.code, 3);
      assertMatch(
        send.stderr,
        /^error: Cannot open client: its gateway .{6}… is not on the network .*\nhint: .*\n$/,
      );
    },
  );
});
