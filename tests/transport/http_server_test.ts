import { assertEquals, assertThrows } from "@std/assert";
import { EXIT } from "../../lib/errors.ts";
import { PortTakenError, serveHttp } from "../../lib/transport/http_server.ts";

Deno.test("serveHttp() says that a port is taken, with its exit code", async () => {
  await using server = serveHttp({ handler: () => new Response() });
  const error = assertThrows(
    () => serveHttp({ port: server.port, handler: () => new Response() }),
    PortTakenError,
  );
  assertEquals(error.exitCode, EXIT.busy);
  assertEquals(error.port, server.port);
});

Deno.test("serveHttp() answers 500 and tells, when the handler throws", async () => {
  const failures: unknown[] = [];
  const failure = new Error("bug");
  await using server = serveHttp({
    handler() {
      throw failure;
    },
    onFailure: (reason) => failures.push(reason),
  });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  assertEquals([response.status, await response.text()], [500, ""]);
  assertEquals(failures, [failure]);
});
