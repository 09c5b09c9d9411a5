import { assertEquals } from "@std/assert";
import { systemRandom } from "../../lib/crypto/random.ts";
import { objectsOf } from "../support/objects.ts";
import { OfficialClient } from "../support/official_client.ts";
import { Testbed } from "../support/testbed.ts";
import { receive } from "./pair.ts";

/** Everything here lives as long as the whole test, which checks that nothing is left of it. */
const STEP = { sanitizeOps: false, sanitizeResources: false };

const text = (words: string) => new TextEncoder().encode(words);

const LISTEN = ["listen", "--id", "ours", "--first", "--timeout", "120s"];

Deno.test("the command line and the official client talk to each other", async (t) => {
  await using testbed = await Testbed.create();
  const { apiUrl } = await testbed.network();
  const address = await testbed.init("ours", "--network", apiUrl);
  let ours = await testbed.run("ours");
  const killAndRestart = async () => {
    await ours.process.end("SIGKILL");
    ours = await testbed.run("ours");
  };
  const beAsked = async () => {
    const listen = testbed.nymwire([...LISTEN, "--json"]);
    await official.send(address, text("who is there?"), 10);
    const message = objectsOf((await listen).stdout)
      .find(({ type }) => type === "message");
    return `${message!.senderTag}`;
  };
  await using official = await OfficialClient.start({ id: "official", apiUrl });
  await t.step({
    name: "send reaches it",
    async fn() {
      const body = systemRandom(100_000);
      const file = testbed.path("file");
      await Deno.writeFile(file, body);
      const send = ["send", "--id", "ours", "--to", official.address];
      const sent = await testbed.nymwire([...send, "--file", file]);
      assertEquals([sent.code, sent.stderr], [0, ""]);
      assertEquals(await receive(official), { body, senderTag: null });
    },
    ...STEP,
  });
  await t.step({
    name: "listen hears it",
    async fn() {
      const body = systemRandom(100_000);
      const listen = testbed.nymwire([...LISTEN, "--raw"]);
      await official.send(address, body);
      const { code, bytes, stderr } = await listen;
      assertEquals([code, stderr], [0, ""]);
      assertEquals(bytes, body);
    },
    ...STEP,
  });
  await t.step({
    name: "request gets its answer",
    async fn() {
      const asked = testbed.nymwire([
        "request",
        "--id",
        "ours",
        "--to",
        official.address,
        "--timeout",
        "120s",
        "who is there?",
      ]);
      const question = await receive(official);
      assertEquals(question.body, text("who is there?"));
      await official.reply(question.senderTag!, text("me"));
      const { code, stdout, stderr } = await asked;
      assertEquals([code, stdout, stderr], [0, "me\n", ""]);
    },
    ...STEP,
  });
  const answer = async (tag: string) => {
    const answer = ["send", "--id", "ours", "--reply-to", tag, "me"];
    const { code, stderr } = await testbed.nymwire(answer);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await receive(official), {
      body: text("me"),
      senderTag: null,
    });
  };
  await t.step({
    name: "send --reply-to answers it",
    fn: async () => await answer(await beAsked()),
    ...STEP,
  });
  await t.step({
    name: "send --reply-to answers it after our client was killed",
    async fn() {
      const tag = await beAsked();
      await killAndRestart();
      await answer(tag);
    },
    ...STEP,
  });
  await t.step({
    name: "its answer comes to us after our client was killed",
    async fn() {
      const ask = ["send", "--id", "ours", "--to", official.address];
      await testbed.nymwire([...ask, "--surbs", "10", "who is there?"]);
      const { senderTag } = await receive(official);
      await killAndRestart();
      await official.reply(senderTag!, text("me"));
      const { code, stdout } = await testbed.nymwire(LISTEN);
      assertEquals([code, stdout], [0, "me\n"]);
    },
    ...STEP,
  });
});
