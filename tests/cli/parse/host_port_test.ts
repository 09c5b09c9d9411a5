import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../lib/errors.ts";
import {
  formatHostPort,
  parseHostPort,
} from "../../../lib/cli/parse/host_port.ts";

Deno.test("parseHostPort() reads names, addresses and bare ports", () => {
  const cases = {
    "localhost:8080": { host: "localhost", port: 8080 },
    "127.0.0.1:1": { host: "127.0.0.1", port: 1 },
    "[::1]:65535": { host: "::1", port: 65535 },
    "22": { host: "127.0.0.1", port: 22 },
  };
  for (const [text, expected] of Object.entries(cases)) {
    assertEquals(parseHostPort(text), expected, text);
    if (text.includes(":")) assertEquals(formatHostPort(expected), text);
  }
});

Deno.test("parseHostPort() refuses everything else", () => {
  for (
    const text of [
      "",
      ":",
      "host",
      "host:",
      ":80:",
      "host:0",
      "host:65536",
      "::1:80",
      "a b:80",
      "user@host:80",
      "http://host:80",
    ]
  ) assertThrows(() => parseHostPort(text), UsageError, "need a host", text);
});
