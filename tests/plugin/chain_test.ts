import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EXIT } from "../../lib/errors.ts";
import {
  failureOf,
  folderOf,
  message,
  pluginSource,
  stage,
  TAG,
} from "./support.ts";

/** A plugin that does as messages say. */
const ACTOR = pluginSource(
  "actor",
  `
  seen: 0,
  start: (context) => context.log("starts with " + JSON.stringify(context.options)),
  stop: (context) => context.log("stops"),
  async message(message, context) {
    const [word, ...rest] = message.text().split(" ");
    const text = rest.join(" ");
    switch (word) {
      case "keep": return { kind: "keep" };
      case "drop": return { kind: "drop", reason: text };
      case "replace": return { kind: "replace", body: text };
      case "bytes": return { kind: "replace", body: new Uint8Array([104, 105]) };
      case "emit": return { kind: "emit", bodies: rest };
      case "stop": return { kind: "stop", body: text || undefined };
      case "throw": throw new RangeError(text);
      case "nonsense": return { kind: "explode" };
      case "badbody": return { kind: "replace", body: 7 };
      case "json": return { kind: "replace", body: String(message.json().a) };
      case "reply": await context.reply(message, text); return;
      case "send": await context.send(text, "to you", { surbs: 3 }); return;
      case "count": {
        const n = (await context.store.get("n") ?? 0) + 1;
        await context.store.set("n", n);
        return { kind: "replace", body: n + " " + await context.store.keys() };
      }
      case "tell": {
        const { direction, id, seq, senderTag, stored, redelivered, to, replyTo } = message;
        const time = message.time.toISOString();
        return { kind: "replace", body: JSON.stringify({ direction, id, seq, time, senderTag, stored, redelivered, to, replyTo, name: context.name }) };
      }
    }
  },
  outgoing(message) {
    const text = message.text();
    if (text === "fail") throw new Error("no");
    if (text === "drop") return { kind: "drop", reason: "not today" };
    return { kind: "emit", bodies: [text + " to " + message.to, "2"] };
  },
  observe(message, context) { context.log("saw " + message.direction + " " + message.text()); },
`,
  {
    meta:
      `options: { properties: { mood: { type: "string", default: "fine" } } }, grants: [{ kind: "send", why: "to send", optional: true }]`,
  },
);

const MARKER = pluginSource(
  "marker",
  `message: (message) => ({ kind: "replace", body: "[" + message.text() + "]" })`,
);

Deno.test("PluginChain does what verdicts say, in order", async () => {
  await using folder = await folderOf({
    "actor.ts": ACTOR,
    "marker.ts": MARKER,
  });
  await using scene = await stage([
    { name: "actor", file: "actor.ts" },
    { name: "marker", file: "marker.ts" },
  ], { cwd: folder.path });
  const cases: [string, string[]][] = [
    ["keep", ["[keep]"]],
    ["other", ["[other]"]],
    ["drop spam", []],
    ["replace new", ["[new]"]],
    ["bytes", ["[hi]"]],
    ["emit a b c", ["[a]", "[b]", "[c]"]],
    ["emit", []],
    ["stop final", ["final"]],
    ["stop", ["stop"]],
    ["reply thanks", ["[reply thanks]"]],
  ];
  for (const [text, expected] of cases) {
    assertEquals(await scene.arrive(text), expected, text);
  }
  assertEquals(scene.taken(), cases.length);
  assertStringIncludes(scene.log(), 'starts with {"mood":"fine"}');
  assertStringIncludes(scene.log(), "drops a message: spam");
  assertEquals(scene.sent, [
    { replyTo: TAG, body: new TextEncoder().encode("thanks") },
  ]);
  const [told] = await scene.arrive("tell");
  assertEquals(JSON.parse(told!.slice(1, -1)), {
    direction: "incoming",
    id: `m${cases.length + 1}`,
    seq: cases.length + 1,
    time: "2023-11-14T22:13:20.000Z",
    senderTag: TAG,
    stored: false,
    redelivered: false,
    name: "actor",
  });
});

Deno.test("PluginChain keeps a message that a plugin could not handle, and says what was wrong", async () => {
  await using folder = await folderOf({ "actor.ts": ACTOR });
  await using scene = await stage([{ name: "actor", file: "actor.ts" }], {
    cwd: folder.path,
  });
  const cases: [string, string][] = [
    [
      "throw deep",
      "actor failed in message: RangeError: deep (actor.ts:18:27); it goes on as it is",
    ],
    [
      "nonsense",
      'actor returned no verdict but {"kind":"explode"} (message); it goes on',
    ],
    ["badbody", "need text or a Uint8Array, have number"],
    ["json no", "is not valid JSON"],
    ["send someone", "not granted, add --grant actor.send=any"],
  ];
  for (const [text, says] of cases) {
    assertEquals(await scene.arrive(text), [text]);
    assertStringIncludes(scene.log(), says);
  }
  for (const what of ["Try it with: nymwire plugin test", "Return nothing,"]) {
    assertStringIncludes(scene.log(), `hint: ${what}`);
  }
  const unanswerable = await scene.arrive("reply x", { answerable: false });
  assertEquals(unanswerable, ["reply x"]);
  assertStringIncludes(scene.log(), "Cannot reply: the message came without");
  assertEquals(scene.taken(), cases.length + 1);
  assertEquals(scene.sent, []);
});

Deno.test("PluginChain follows the policy for failures, of the plugin before its own", async () => {
  await using folder = await folderOf({
    "actor.ts": ACTOR,
    "marker.ts": MARKER,
  });
  const cwd = folder.path;
  const marker = { name: "marker", file: "marker.ts" };
  const actor = { name: "actor", file: "actor.ts" };
  {
    await using scene = await stage([{ ...actor, onError: "drop" }, marker], {
      cwd,
    });
    assertEquals(await scene.arrive("throw x"), []);
    assertEquals(scene.taken(), 1);
    assertStringIncludes(scene.log(), "it is dropped");
  }
  {
    await using scene = await stage([marker, actor], {
      cwd,
      onError: "dead-letter",
    });
    assertEquals(await scene.arrive("x"), ["[x]"]);
    await Deno.writeTextFile(
      `${cwd}/marker.ts`,
      MARKER.replace(`"[" + message.text() + "]"`, `"throw it"`),
    );
    await scene.chain.reload();
    // As it came, so that it can be fed in again.
    assertEquals(await scene.arrive("z"), []);
    assertEquals(scene.taken(), 2);
    const [{ message, failure }] = scene.deadLetters as [
      (typeof scene.deadLetters)[0],
    ];
    assertEquals(new TextDecoder().decode(message.body), "z");
    assertEquals(failure.exitCode, EXIT.plugin);
  }
  {
    await using scene = await stage([{ ...actor, onError: "fail" }], { cwd });
    assertStringIncludes(
      await failureOf(scene.arrive("throw x")),
      `| ${EXIT.plugin}`,
    );
    assertEquals(scene.taken(), 0);
    assertEquals(await scene.arrive("replace on"), ["on"]);
  }
});

Deno.test("PluginChain transforms what is about to be sent, and sends nothing that a transform failed on", async () => {
  await using folder = await folderOf({ "actor.ts": ACTOR });
  await using scene = await stage([{ name: "actor", file: "actor.ts" }], {
    cwd: folder.path,
  });
  assertEquals(await scene.send("hi", "bob"), ["hi to bob", "2"]);
  assertEquals(await scene.send("drop"), []);
  assertStringIncludes(
    await failureOf(scene.send("fail")),
    "actor failed in outgoing: no",
  );
});

Deno.test("PluginChain shows messages in their final form, whatever comes of that", async () => {
  await using folder = await folderOf({ "actor.ts": ACTOR });
  await using scene = await stage([{ name: "actor", file: "actor.ts" }], {
    cwd: folder.path,
  });
  const body = new TextEncoder().encode("bye");
  await scene.chain.observe(message("hello"));
  await scene.chain.observe({ to: "bob", body });
  assertStringIncludes(scene.log(), "saw incoming hello");
  assertStringIncludes(scene.log(), "saw outgoing bye");
  await scene.chain.observe(message(new Uint8Array([255])));
  assertStringIncludes(scene.log(), "Cannot handle a message: actor failed");
});

Deno.test("PluginChain takes a message when all that became of it is taken, and no earlier", async () => {
  await using folder = await folderOf({ "actor.ts": ACTOR });
  await using scene = await stage([{ name: "actor", file: "actor.ts" }], {
    cwd: folder.path,
  });
  let taken = 0;
  const parts = await scene.chain.incoming(
    message("emit a b", { seq: 9, taken: () => taken++ }),
  );
  assertEquals(parts.map(({ id }) => id), ["m9", "m9.2"]);
  await parts[1]!.taken();
  await parts[1]!.taken();
  assertEquals(taken, 0);
  await parts[0]!.taken();
  assertEquals(taken, 1);
  const kept = message("keep");
  assert((await scene.chain.incoming(kept))[0] === kept);
});

Deno.test("PluginChain lets one message through at a time, in the order of arrival", async () => {
  await using folder = await folderOf({
    "slow.ts": pluginSource(
      "slow",
      `async message(message) {
        if (globalThis.busy) throw new Error("two at a time");
        globalThis.busy = true;
        await new Promise((r) => setTimeout(r, message.text() === "first" ? 30 : 0));
        globalThis.busy = false;
      }`,
    ),
  });
  await using scene = await stage([{ name: "slow", file: "slow.ts" }], {
    cwd: folder.path,
    onError: "fail",
  });
  const order: string[] = [];
  await Promise.all(["first", "second", "third"].map(async (text) => {
    await scene.arrive(text);
    order.push(text);
  }));
  assertEquals(order, ["first", "second", "third"]);
});

Deno.test("PluginChain asks no plugin whose match says otherwise", async () => {
  await using folder = await folderOf({
    "picky.ts": pluginSource(
      "picky",
      `message: () => ({ kind: "replace", body: "seen" })`,
      { meta: `match: { startsWith: "/", answerable: true }` },
    ),
  });
  await using scene = await stage([{ name: "picky", file: "picky.ts" }], {
    cwd: folder.path,
  });
  assertEquals(await scene.arrive("/x"), ["seen"]);
  assertEquals(await scene.arrive("x"), ["x"]);
  assertEquals(await scene.arrive("/x", { answerable: false }), ["/x"]);
});

Deno.test("PluginChain gives up on a message when the signal says so, and goes on with the next", async () => {
  await using folder = await folderOf({ "actor.ts": ACTOR });
  await using scene = await stage([{ name: "actor", file: "actor.ts" }], {
    cwd: folder.path,
  });
  const abort = new AbortController();
  const crash = pluginWait(scene.arrive("json {}", { signal: abort.signal }));
  abort.abort(new Error("enough"));
  assertEquals(await crash, "enough");
  assertEquals(scene.taken(), 0);
  assertEquals(await scene.arrive("replace on"), ["on"]);
});

async function pluginWait(promise: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => promise, Error);
  return error.message;
}

Deno.test("PluginChain lets a trusted plugin do what we can, and ends it when it loops", async () => {
  await using folder = await folderOf({
    "plugins/free.ts": pluginSource(
      "free",
      `async message(message) {
        if (message.text() === "loop") for (;;);
        const { state } = await Deno.permissions.query({ name: "net" });
        const seen = [state, Deno.env.get("PATH"), await Deno.readTextFile("note")];
        return { kind: "replace", body: seen.join(" ") };
      }`,
    ),
    "note": "from where we are",
  });
  await using scene = await stage([
    { name: "free", file: "plugins/free.ts", trusted: true, timeout: 1000 },
  ], { cwd: folder.path });
  const seen = `granted ${Deno.env.get("PATH")} from where we are`;
  assertEquals(await scene.arrive("look"), [seen]);
  assertEquals(await scene.arrive("loop"), ["loop"]);
  assertStringIncludes(scene.log(), "free did not answer within 1 s");
  assertEquals(await scene.arrive("look"), [seen]);
});

Deno.test("PluginChain keeps what plugins store, each in a place of its own", async () => {
  await using folder = await folderOf({ "actor.ts": ACTOR });
  const options = { cwd: folder.path, storeFolder: `${folder.path}/stores` };
  for (let run = 1; run <= 2; run++) {
    await using scene = await stage(
      [{ name: "actor", file: "actor.ts" }],
      options,
    );
    assertEquals(await scene.arrive("count"), [`${run} n`]);
    await scene.chain.close();
    assertStringIncludes(scene.log(), "stops");
  }
  await Deno.stat(`${folder.path}/stores/actor/store.sqlite`);
});

Deno.test("PluginChain hands on grants to what plugins ask for", async () => {
  await using folder = await folderOf({
    "granted.ts": pluginSource(
      "granted",
      `async message(message, context) {
        await context.send("bob", "hello", { surbs: 2 });
        const answer = await context.fetch("https://a.example/x", { method: "post", body: "q" });
        const file = await Deno.readTextFile(context.options.file);
        return { kind: "replace", body: [answer.status, answer.url, await answer.text(), file, Deno.env.get("TOKEN")].join(" ") };
      }`,
      {
        meta: `options: { properties: { file: { type: "string" } } }, grants: [
          { kind: "send", why: "to greet" }, { kind: "net", why: "to ask", value: "a.example" },
          { kind: "read", why: "to read", option: "file" }, { kind: "env", why: "to know", value: "TOKEN" }]`,
      },
    ),
    "data/note.txt": "noted",
  });
  const grants = [
    { kind: "send", value: "any" },
    { kind: "net", value: "a.example:443" },
    { kind: "read", value: "data" },
    { kind: "env", value: "TOKEN" },
  ] as const;
  await using scene = await stage([{
    name: "granted",
    file: "granted.ts",
    grants,
    sets: [{ key: "file", text: "data/note.txt" }],
  }], {
    cwd: folder.path,
    env: { get: (name) => name === "TOKEN" ? "t0ken" : undefined },
    fetch: async (url, { body, method }) =>
      new Response(
        `${method} ${url} ${await new Response(body).text()}`,
        { status: 202 },
      ),
    onError: "fail",
  });
  assertEquals(await scene.arrive("x"), [
    "202 https://a.example/x POST https://a.example/x q noted t0ken",
  ]);
  assertEquals(scene.sent.map(({ to, surbs }) => ({ to, surbs })), [
    { to: "bob", surbs: 2 },
  ]);
});

Deno.test("PluginChain keeps a message that is larger than plugins take", async () => {
  await using folder = await folderOf({ "marker.ts": MARKER });
  await using scene = await stage([{ name: "marker", file: "marker.ts" }], {
    cwd: folder.path,
  });
  const large = message(new Uint8Array(17 * 1024 * 1024));
  const [kept] = await scene.chain.incoming(large);
  assert(kept === large);
  assertStringIncludes(scene.log(), "marker takes at most 16777216 bytes");
  const fitting = message(new Uint8Array(16 * 1024 * 1024).fill(120));
  const [marked] = await scene.chain.incoming(fitting);
  assertEquals(marked!.body.length, 16 * 1024 * 1024 + 2);
});
