import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import { decodeFromPlugin } from "../../lib/plugin/decode.ts";

function decode(frame: unknown): ReturnType<typeof decodeFromPlugin> {
  return decodeFromPlugin(JSON.stringify(frame));
}

Deno.test("decodeFromPlugin() reads verdicts with their bodies", () => {
  const verdict = (verdict: unknown) => {
    const frame = decode({ kind: "result", id: 3, verdict });
    return frame.kind === "result" && frame.verdict;
  };
  assertEquals(verdict({ kind: "keep" }), { kind: "keep" });
  assertEquals(verdict({ kind: "drop", reason: "r" }), {
    kind: "drop",
    reason: "r",
  });
  const body = new Uint8Array([1, 2]);
  assertEquals(verdict({ kind: "replace", body: "AQI=" }), {
    kind: "replace",
    body,
  });
  assertEquals(verdict({ kind: "emit", bodies: ["AQI=", ""] }), {
    kind: "emit",
    bodies: [body, new Uint8Array()],
  });
  assertEquals(verdict({ kind: "stop" }), { kind: "stop", body: undefined });
});

Deno.test("decodeFromPlugin() refuses nonsense", () => {
  for (
    const frame of [
      null,
      [],
      {},
      { kind: "eval" },
      { kind: "result" },
      { kind: "result", id: -1, verdict: { kind: "keep" } },
      { kind: "result", id: 1, verdict: { kind: "drop" } },
      { kind: "result", id: 1, verdict: { kind: "replace", body: "*" } },
      { kind: "result", id: 1, verdict: { kind: "replace", body: "AQI" } },
      { kind: "result", id: 1, verdict: { kind: "emit", bodies: "AQI=" } },
      {
        kind: "result",
        id: 1,
        verdict: { kind: "emit", bodies: Array(1001).fill("") },
      },
      { kind: "loaded", meta: {}, hooks: ["eval"], unknown: [] },
      { kind: "failure", id: 1, error: { name: "E" } },
    ]
  ) assertThrows(() => decode(frame), DecodeError, "", JSON.stringify(frame));
  assertThrows(() => decodeFromPlugin("{"), DecodeError);
});

Deno.test("decodeFromPlugin() answers a slip in a request instead of refusing the plugin", () => {
  const slip = decode({ kind: "request", id: 4, request: { op: "get" } });
  assertEquals(slip, {
    kind: "malformed",
    id: 4,
    problem: "Cannot do this: key: missing",
  });
  const frame = decode({
    kind: "request",
    id: 5,
    request: { op: "send", to: "a", body: "AQ==", surbs: 2 },
  });
  assertEquals(frame, {
    kind: "request",
    id: 5,
    request: { op: "send", to: "a", body: new Uint8Array([1]), surbs: 2 },
  });
});
