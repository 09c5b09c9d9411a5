import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import {
  type AccessPolicy,
  checkAccess,
  isLoopbackHost,
} from "../../lib/daemon/access.ts";
import { policyOf } from "../../lib/daemon/daemon_server.ts";
import { peerOwner } from "../../lib/daemon/peer_uid.ts";
import {
  connectWs,
  UpgradeRefusedError,
} from "../../lib/transport/ws_connect.ts";
import type {
  ConnectionEnds,
  UpgradeRequest,
} from "../../lib/transport/ws_listen.ts";
import { unhex } from "../support/hex.ts";
import { startStock } from "../support/stock_fixture.ts";

const OPEN: AccessPolicy = {
  allowedOrigins: [],
  token: undefined,
  reach: "loopback",
  uid: 1000,
  ownerOf: () => Promise.resolve({ kind: "user", uid: 1000 }),
};

function ask(
  policy: Partial<AccessPolicy>,
  headers: Record<string, string> = {},
  { path = "/", peerHost = "127.0.0.1" } = {},
) {
  const all: Record<string, string> = { host: "localhost:1977", ...headers };
  const request: UpgradeRequest = {
    url: new URL(path, "ws://host"),
    header: (name) => all[name],
    ends: { peerHost, peerPort: 40000, ownPort: 1977 },
  };
  return checkAccess(request, { ...OPEN, ...policy });
}

for (
  const host of [
    "localhost",
    "LOCALHOST:1977",
    "127.0.0.1:1977",
    "127.1.2.3",
    "[::1]:1977",
  ]
) {
  Deno.test(`checkAccess() lets in whoever names this machine: ${host}`, async () => {
    assertEquals(await ask({}, { host }), undefined);
  });
}

for (
  const host of [
    "",
    "evil.example",
    "evil.example:1977",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1:1977",
    "0.0.0.0:1977",
  ]
) {
  Deno.test(`checkAccess() refuses another host: "${host}"`, async () => {
    assertEquals((await ask({}, { host }))?.status, 403);
    assertEquals(await ask({ reach: "network" }, { host }), undefined);
    assertEquals(await ask({ reach: "unix" }, { host }), undefined);
  });
}

Deno.test("checkAccess() trap: refuses web pages unless they are allowed by name", async () => {
  const allowedOrigins = ["https://chat.example"];
  const origins: [string, number | undefined][] = [
    ["https://chat.example", undefined],
    ["https://evil.example", 403],
    ["http://chat.example", 403],
    ["https://chat.example.evil.example", 403],
    ["http://localhost:1977", 403],
    ["null", 403],
    ["", 403],
    // No browser spells it like this.
    ["HTTPS://CHAT.EXAMPLE", 403],
    ["https://chat.example:443", 403],
    ["https://chat.example/", 403],
    ["https://chat.example, https://evil.example", 403],
    ["https://chat.example:8443", 403],
  ];
  for (const [origin, status] of origins) {
    assertEquals((await ask({ allowedOrigins }, { origin }))?.status, status);
  }
});

Deno.test("checkAccess() wants the token, in a header or in the query", async () => {
  const policy = { token: "secret-token" };
  const tries: [Record<string, string>, string, number | undefined][] = [
    [{ authorization: "Bearer secret-token" }, "/", undefined],
    [{ authorization: "bearer  secret-token" }, "/", undefined],
    [{}, "/?token=secret-token", undefined],
    [{}, "/", 401],
    [{ authorization: "Bearer secret-tokem" }, "/", 401],
    [{ authorization: "Bearer secret-token-longer" }, "/", 401],
    [{ authorization: "Basic secret-token" }, "/", 401],
    [{}, "/?token=", 401],
  ];
  for (const [headers, path, status] of tries) {
    assertEquals((await ask(policy, headers, { path }))?.status, status);
  }
});

Deno.test("checkAccess() refuses a loopback peer of another user, and asks nobody about others", async () => {
  const ownerOf = () => Promise.resolve({ kind: "user" as const, uid: 1001 });
  assertEquals((await ask({ ownerOf }))?.status, 403);
  assertEquals(await ask({ ownerOf, uid: null }), undefined);
  assertEquals(
    await ask({ ownerOf, reach: "network" }, {}, { peerHost: "10.0.0.7" }),
    undefined,
  );
  for (const kind of ["gone", "unknown"] as const) {
    assertEquals(
      await ask({ ownerOf: () => Promise.resolve({ kind }) }),
      undefined,
    );
  }
});

Deno.test("isLoopbackHost() knows the addresses and the name", () => {
  for (
    const host of ["127.0.0.1", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"]
  ) {
    assertEquals([host, isLoopbackHost(host)], [host, true]);
  }
  for (const host of ["0.0.0.0", "::", "192.168.1.1", "example.org", ""]) {
    assertEquals([host, isLoopbackHost(host)], [host, false]);
  }
});

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const V4 = `${HEAD}` +
  "   0: 0100007F:07B9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0\n" +
  "   1: 0100007F:9C40 0100007F:07B9 01 00000000:00000000 00:00000000 00000000  1234        0 2 1 0 20 4 30 10 -1\n" +
  "   2: 0100007F:07B9 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 3 1 0 20 4 30 10 -1\n";
const V6 = `${HEAD}` +
  "   0: 0000000000000000FFFF00000100007F:9C41 0000000000000000FFFF00000100007F:07B9 01 00000000:00000000 00:00000000 00000000   65534        0 2 1 0 20 4 30 10 -1\n" +
  "   1: 00000000000000000000000001000000:9C42 00000000000000000000000001000000:07B9 01 00000000:00000000 00:00000000 00000000     7        0 2 1 0 20 4 30 10 -1\n";

Deno.test("peerOwner() finds the user of the other end, over either address family", async () => {
  const read = (path: string) => Promise.resolve(path.endsWith("6") ? V6 : V4);
  const ends = (peerHost: string, peerPort: number): ConnectionEnds => ({
    peerHost,
    peerPort,
    ownPort: 1977,
  });
  const owners: [string, number, unknown][] = [
    ["127.0.0.1", 40000, { kind: "user", uid: 1234 }],
    ["::ffff:127.0.0.1", 40000, { kind: "user", uid: 1234 }],
    ["127.0.0.1", 40001, { kind: "user", uid: 65534 }],
    ["::1", 40002, { kind: "user", uid: 7 }],
    ["127.0.0.1", 40003, { kind: "gone" }],
  ];
  for (const [host, port, owner] of owners) {
    assertEquals(await peerOwner(ends(host, port), read), owner);
  }
  assertEquals(
    await peerOwner(ends("127.0.0.1", 1), () => Promise.resolve(undefined)),
    { kind: "unknown" },
  );
});

async function refusal(url: string, headers = {}): Promise<number> {
  const error = await assertRejects(
    () => connectWs(url, { headers }),
    UpgradeRefusedError,
  );
  return error.status;
}

Deno.test("serveStock() refuses a real peer that the kernel says is another user's, where there is such a kernel", async () => {
  await using stock = await startStock({
    // Whoever the kernel names, it is not the user that the server takes for its own.
    ownerOf: async (ends) => {
      const owner = await peerOwner(ends);
      return owner.kind === "user" ? { ...owner, uid: owner.uid + 1 } : owner;
    },
  });
  if (Deno.build.os === "linux") {
    assertEquals(await refusal(stock.server.url), 403);
  } else {
    await using program = await stock.connect();
    program.connection.close();
  }
});

Deno.test("serveStock() refuses foreign pages and hosts, and unknown wishes, on a real connection", async () => {
  const allowedOrigins = ["https://chat.example"];
  await using stock = await startStock({ allowedOrigins });
  const { url } = stock.server;
  assertEquals(await refusal(url, { origin: "https://evil.example" }), 403);
  assertEquals(await refusal(url, { host: "evil.example" }), 403);
  assertEquals(await refusal(`${url}/?receive=some`), 400);
  await using page = await stock.connect("", {
    origin: "https://chat.example",
  });
  assertEquals((await page.ask(unhex("03"))).length, 97);
});

Deno.test("serveStock() listens beyond loopback only if told so, and with a token", async () => {
  const address = { kind: "tcp", host: "0.0.0.0", port: 0 } as const;
  assertThrows(() => policyOf({ address }), UsageError, "other machines");
  assertThrows(() => policyOf({ address, token: "t" }), UsageError);
  assertThrows(
    () => policyOf({ address, allowRemote: true }),
    UsageError,
    "need a token",
  );
  await using stock = await startStock({
    address,
    allowRemote: true,
    token: "t0k3n",
  });
  const url = `ws://127.0.0.1:${stock.server.port}`;
  assertEquals(await refusal(url), 401);
  await using program = await connectWs(`${url}/?token=t0k3n`);
  program.close();
});

Deno.test("serveStock() on a unix socket serves its owner", async () => {
  const folder = await Deno.makeTempDir();
  {
    const path = `${folder}/nym.sock`;
    await using stock = await startStock({ address: { kind: "unix", path } });
    assertEquals(stock.server.url, `ws+unix:${path}:/`);
    await using program = await connectWs(stock.server.url);
    program.send(unhex("03"));
    for await (const frame of program.frames) {
      assertEquals(frame.length, 97);
      break;
    }
  }
  await Deno.remove(folder, { recursive: true });
});
