import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { retouch } from "../../lib/release/bundle.ts";
import { EventEmitter } from "../../lib/release/node_parts.ts";

Deno.test("EventEmitter tells all who hear of an event, in their order, as itself", () => {
  const emitter = new EventEmitter();
  const heard: unknown[] = [];
  emitter
    .on("option:json", function (this: unknown, ...values) {
      heard.push(["first", this === emitter, values]);
    })
    .on("option:json", () => heard.push("second"));
  assert(emitter.emit("option:json", 1, "two"));
  assertEquals(heard, [["first", true, [1, "two"]], "second"]);
  assertEquals(emitter.listenerCount("option:json"), 2);
  assertFalse(emitter.emit("option:quiet"));
  assertEquals(emitter.listenerCount("option:quiet"), 0);
});

Deno.test("retouch() finds the command line library from every folder", () => {
  const text = `import{Command as a}from"commander";`;
  for (
    const [path, to] of [
      ["main.js", "./lib/release/commander.js"],
      ["lib/plugin/child/entry.js", "../../../lib/release/commander.js"],
    ] as const
  ) assertStringIncludes(retouch(path, text), `from"${to}"`);
});

Deno.test("retouch() leaves the command line library nothing of Node", () => {
  const text =
    `import{EventEmitter as a}from"node:events";import b from"node:child_process";`;
  assertEquals(
    retouch("lib/release/commander.js", text),
    `import{EventEmitter as a}from"../../lib/release/node_parts.js";import b from"../../lib/release/node_parts.js";`,
  );
  assertEquals(retouch("chunk-A.js", text), text);
});

Deno.test("retouch() asks for modules of Node when they are wanted", async () => {
  const text =
    `import{createRequire as __x} from "node:module";var m=__x(import.meta.url);export{m as a};`;
  const changed = retouch("chunk-A.js", text);
  assertFalse(changed.includes("node:module"));
  const { a } = await import(
    `data:text/javascript,${encodeURIComponent(changed)}`
  );
  assertEquals(a("node:path").sep, "/");
  let message = "";
  try {
    a("bufferutil");
  } catch (error) {
    message = (error as Error).message;
  }
  assertEquals(message, "Cannot find module bufferutil");
});
