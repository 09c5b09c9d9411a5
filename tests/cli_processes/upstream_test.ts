import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { StockDouble } from "../support/stock_double.ts";
import { Nymwire } from "../support/nymwire.ts";
import { Testbed, together } from "../support/testbed.ts";

Deno.test("run --upstream shares a stock client: commands join it, others are told that it is busy", async (t) => {
  await using bed = await Testbed.create();
  const { process: network } = await bed.network();
  const address = await bed.init("shared");
  await network.end();
  await using double = new StockDouble({
    dialect: "b",
    address: parseRecipient(address),
    loop: true,
  });
  await double.deliver("from before");
  const upstream = bed.start(
    ["run", "--id", "shared", "--upstream", double.url],
  );
  const line = await upstream.firstLine();
  const url = line.slice("listening on ".length);
  const self = ["--to", address];
  const mine = ["--id", "shared", "--timeout", "30s"];
  const there = ["--url", double.url];

  await together(t, {
    "a command at the client itself finds it busy": async () => {
      const { code, stderr } = await bed.nymwire(["listen", ...there]);
      assertEquals(code, 4, stderr);
      assertStringIncludes(stderr, "it serves another program");
      assertStringIncludes(stderr, `nymwire run --upstream ${double.url}`);
    },
    "a stage that the client cannot tell is refused": async () => {
      const { code, stderr } = await bed.nymwire(
        ["send", ...mine, ...self, "--wait", "acked", "never sent"],
      );
      assertEquals(code, 8, stderr);
      assertMatch(stderr, /acked/);
    },
    "a second one on the home is told who holds it": async () => {
      const { code, stderr } = await bed.nymwire(
        ["run", "--id", "shared", "--upstream", double.url, "--disable-socket"],
      );
      assertEquals(code, 4, stderr);
    },
    "what waited is there, once": async () => {
      const { code, stdout } = await bed.nymwire(
        ["listen", ...mine, "--first"],
      );
      assertEquals([code, stdout], [0, "from before\n"]);
    },
  });
  const sent = await bed.nymwire(["send", ...mine, ...self, "by channel"]);
  assertEquals([sent.code, sent.stderr], [0, ""]);
  const heard = await bed.nymwire(["listen", ...mine, "--first"]);
  assertEquals([heard.code, heard.stdout], [0, "by channel\n"]);
  const also = await bed.nymwire([
    "send",
    "--url",
    url,
    ...self,
    "by websocket",
  ]);
  assertEquals([also.code, also.stderr], [0, ""]);
  assertEquals(
    double.requests.flatMap((request) =>
      request.kind === "send" ? new TextDecoder().decode(request.body) : []
    ),
    ["by channel", "by websocket"],
  );
  assertEquals(double.connections, 1);
  const { code, stderr } = await upstream.end();
  assertEquals(code, 0, stderr);
});

Deno.test("commands with one --url share its one connection: each sees every message once, and who is left takes over", async () => {
  await using nymwire = await Nymwire.create();
  await using double = new StockDouble({ dialect: "c", loop: true });
  const url = ["--url", double.url];
  await double.deliver("first");
  const one = nymwire.start(["listen", ...url]);
  assertEquals(await one.line(), "first");
  const two = nymwire.start(["listen", ...url]);
  let isThere = false;
  const line = two.line().then((line) => (isThere = true, line));
  let sent = 0;
  // Nobody says when the second one listens: it is there when it prints something.
  for (; !isThere; sent++) {
    await double.deliver(`${sent}`);
    assertEquals(await one.line(), `${sent}`);
  }
  for (let next = Number(await line) + 1; next < sent; next++) {
    assertEquals(await two.line(), `${next}`);
  }
  const { code, stderr } = await nymwire.run(
    ["send", ...url, "--to", "self", "by a third"],
  );
  assertEquals([code, stderr], [0, ""]);
  for (const listen of [one, two]) {
    assertEquals(await listen.line(), "by a third");
  }
  assertEquals(double.connections, 1);
  one.kill("SIGTERM");
  assertEquals((await one.ended).code, 0);
  // Whoever comes meanwhile is kept by the client, and handed to the one that takes over.
  await double.deliver("last");
  assertEquals(await two.line(), "last");
  assertEquals(double.connections, 2);
});
