import { assert, assertEquals, assertMatch } from "@std/assert";
import { DirectoryProxy } from "../support/directory_proxy.ts";
import { objectsOf } from "../support/objects.ts";
import { Testbed, together } from "../support/testbed.ts";

Deno.test("--json tells a program everything, from the network's start to its end", async () => {
  await using bed = await Testbed.create();
  let network = bed.start(["network", "up", "--json"]);
  const [ready] = objectsOf(await network.firstLine());
  assertMatch(String(ready?.url), /^http:\/\/127\.0\.0\.1:\d+\/api\/$/);

  const init = await bed.nymwire([
    "init",
    "--id",
    "alice",
    "--network",
    "local",
    "--port",
    "0",
    "--no-cover",
    "--json",
  ]);
  const [client] = objectsOf(init.stdout);
  assertEquals([init.code, init.stderr, client?.type], [0, "", "client"]);
  const address = String(client?.client_address);
  assertEquals(address.split("@")[1], client?.gateway_id);
  assertMatch(String(client?.gateway_listener), /^ws:\/\/127\.0\.0\.1:\d+$/);
  assertEquals(client?.home, `${bed.base}/clients/alice`);

  const run = bed.start(["run", "--id", "alice", "--port", "0", "--json"]);
  assertEquals(objectsOf(await run.firstLine())[0]?.type, "ready");
  const [send, whoami] = await Promise.all([
    bed.nymwire(["send", "--id", "alice", "--to", "self", "--json", "hello"]),
    bed.nymwire(["whoami", "--id", "alice", "--json"]),
  ]);
  const [sent] = objectsOf(send.stdout);
  assertEquals([sent?.stage, sent?.to, sent?.size, sent?.packets], [
    "acked",
    address,
    5,
    1,
  ]);
  assertEquals(objectsOf(whoami.stdout)[0]?.address, address);
  const listen = await bed.nymwire([
    "listen",
    "--id",
    "alice",
    "--json",
    "--first",
  ]);
  assertEquals(
    objectsOf(listen.stdout).map(({ type, text, reason }) => [
      type,
      text ?? reason,
    ]),
    [["message", "hello"], ["end", "count"]],
  );

  // The network goes and comes back.
  const down = objectsOf((await network.end()).stdout);
  assertEquals(down.map(({ type }) => type), ["ready", "counters"]);
  const counters = down[1]!.counters as Record<string, number>;
  assertEquals([counters.registrations, counters.lostPackets], [1, 0]);
  await run.prints(/"state":"reconnecting","reason":".+"/);
  network = bed.start(["network", "up", "--json"]);
  await run.prints(/"state":"connected"/);
  const ran = await run.end();
  const told = objectsOf(ran.stdout);
  assertEquals(ran.code, 0);
  assertEquals(
    new Set(told.map(({ type }) => type)),
    new Set(["ready", "state", "counters"]),
  );
  const mine = told.at(-1)!.counters as Record<string, number>;
  assertEquals([mine.messages, mine.acknowledged], [1, 1]);
});

Deno.test("init makes a client whole or not at all, once, and for its user alone", async (t) => {
  await using bed = await Testbed.create();
  await bed.network();
  const address = await bed.init("alice");
  await together(t, {
    "it never makes a client anew": async () => {
      const again = await bed.nymwire([
        "init",
        "--id",
        "alice",
        "--network",
        "local",
      ]);
      assertEquals([again.code, again.stdout], [2, ""]);
      assertMatch(
        again.stderr,
        /^error: Cannot make client alice: it is there already, in .+\nhint: .*--if-missing.*\n$/,
      );
      const kept = await bed.nymwire([
        "init",
        "--id",
        "alice",
        "--network",
        "local",
        "--if-missing",
      ]);
      assertEquals(
        [kept.code, kept.stdout],
        [0, `The address of this client is: ${address}\n`],
      );
    },
    "two at once make one client": async () => {
      const both = await Promise.all(
        [1, 2].map(() =>
          bed.nymwire(["init", "--id", "twin", "--network", "local"])
        ),
      );
      const codes = both.map(({ code }) => code).toSorted((a, b) => a - b);
      assertEquals(codes, [0, 2], both.map(({ stderr }) => stderr).join());
      const winner = both.find(({ code }) => code === 0)!;
      const whoami = await bed.nymwire(["whoami", "--id", "twin"]);
      assert(winner.stdout.endsWith(`${whoami.stdout}`));
    },
    "one that is interrupted leaves nothing": async () => {
      await using directory = new DirectoryProxy(
        "",
        () => new Promise(() => {}),
      );
      const init = bed.start(
        ["init", "--id", "never", "--network", directory.apiUrl, "-v"],
      );
      await init.tells(/^Asking http/m);
      const { code, stdout, stderr } = await init.end("SIGINT");
      assertEquals([code, stdout], [130, ""]);
      assertMatch(stderr, /\nerror: Interrupted\nhint: .+\n$/);
      const whoami = await bed.nymwire(["whoami", "--id", "never"]);
      assertEquals(whoami.code, 2);
    },
    "its files are for nobody else": async () => {
      const wrong: string[] = [];
      async function look(path: string) {
        const { mode, isDirectory } = await Deno.lstat(path);
        if ((mode! & 0o077) !== 0) wrong.push(path);
        if (!isDirectory) return;
        for await (const { name } of Deno.readDir(path)) {
          await look(`${path}/${name}`);
        }
      }
      await look(`${bed.base}/clients/alice`);
      assertEquals(wrong, []);
    },
    "names that are none are refused": async () => {
      for (const id of ["../x", "a/b", "", "."]) {
        const { code, stderr } = await bed.nymwire([
          "init",
          "--network",
          "local",
          `--id=${id}`,
        ]);
        assertEquals(code, 2, stderr);
        assertMatch(stderr, /^error: Cannot .+\nhint: .+\n$/);
      }
    },
    "a gateway that is not there, or none": async () => {
      for (
        const gateway of [
          "nonsense",
          "3CMjgMsvyVQLERvKd8MTHYynjrzS69Kvk3w5AwKRcXrz",
        ]
      ) {
        const { code, stderr } = await bed.nymwire([
          "init",
          "--id",
          "lost",
          "--network",
          "local",
          "--gateway",
          gateway,
        ]);
        assertEquals(code, 7, stderr);
        assertMatch(stderr, /^error: Cannot use gateway .+\nhint: .+\n$/);
      }
    },
  });
  const homes = await Array.fromAsync(Deno.readDir(`${bed.base}/clients`));
  assertEquals(homes.map(({ name }) => name).toSorted(), ["alice", "twin"]);
  const drafts = `${bed.base}/nymwire/drafts/clients`;
  assertEquals(await Array.fromAsync(Deno.readDir(drafts)), []);
});
