import { assertEquals } from "@std/assert";
import { pluginSource } from "../plugin/support.ts";
import { Testbed } from "../support/testbed.ts";

/** Answers, says what it sees, and never comes to an end with one of them. */
const PLUGIN = pluginSource(
  "thanks",
  `async message(m, c) {
     c.log("sees " + m.text());
     if (m.text() === "hold") await new Promise(() => {});
     if (m.senderTag) await c.reply(m, "thanks for " + m.text());
   }`,
);

Deno.test("run --plugin sees each message once across kills, but for the one in hand, and leaves all of them for listen", async () => {
  await using bed = await Testbed.create();
  await bed.network();
  const [address] = await Promise.all([
    bed.init("service"),
    bed.init("caller"),
  ]);
  const plugin = bed.path("thanks.ts");
  await Deno.writeTextFile(plugin, PLUGIN);
  const caller = ["--id", "caller", "--to", address];
  const sees = (run: { told: string }) =>
    [...run.told.matchAll(/thanks: sees (.*)/g)].map(([, text]) => text);

  const { process: first } = await bed.run("service", "--plugin", plugin);
  const answer = await bed.nymwire(["request", ...caller, "one"]);
  assertEquals([answer.code, answer.stdout], [0, "thanks for one\n"]);
  assertEquals((await bed.nymwire(["send", ...caller, "hold"])).code, 0);
  await first.tells(/thanks: sees hold/);
  assertEquals(sees(first), ["one", "hold"]);
  await first.end("SIGKILL");

  const { process: second } = await bed.run("service", "--plugin", plugin);
  await second.tells(/thanks: sees hold/);
  assertEquals(sees(second), ["hold"]);
  await second.end("SIGKILL");

  const listen = ["listen", "--id", "service", "--timeout", "30s"];
  const { code, stdout } = await bed.nymwire([...listen, "-n", "2"]);
  assertEquals([code, stdout], [0, "one\nhold\n"]);

  // What a consumer has taken meanwhile is not seen any more; the rest goes on.
  const { process: third } = await bed.run("service", "--plugin", plugin);
  const again = await bed.nymwire(["request", ...caller, "two"]);
  assertEquals([again.code, again.stdout], [0, "thanks for two\n"]);
  const heard = await bed.nymwire([...listen, "--first", "--json"]);
  const message = JSON.parse(heard.stdout.split("\n")[0]!);
  assertEquals(
    [message.text, message.stored, message.redelivered],
    ["two", true, false],
  );
  assertEquals(sees(third), ["two"]);
  const ended = await third.end();
  assertEquals(ended.code, 0, ended.stderr);
});
