import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { StockDouble } from "../support/stock_double.ts";
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
