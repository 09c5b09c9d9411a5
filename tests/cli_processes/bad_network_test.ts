import { assertEquals, assertMatch } from "@std/assert";
import { DirectoryProxy, type Meddling } from "../support/directory_proxy.ts";
import { closedPort, Testbed, together } from "../support/testbed.ts";

/** An answer of the directory, as far as tests change it. */
interface Answer {
  layer2: number[];
  nodes: { data: { entry: { ws_port: number } }[] };
}

Deno.test("init and send with a directory or a gateway that does not do what it should", async (t) => {
  await using bed = await Testbed.create();
  const { apiUrl } = await bed.network();
  await bed.init("there", "--network", apiUrl, "--port", "0");
  const config = await Deno.readTextFile(configOf("there"));

  function configOf(id: string): string {
    return `${bed.base}/clients/${id}/config/config.toml`;
  }

  /** What `init` does on such a network, and `send` with a home that is there already. */
  async function onNetwork(
    url: string,
    { code, says, limit }: { code: number; says: RegExp; limit?: string },
  ): Promise<void> {
    const id = `x${crypto.randomUUID()}`;
    const timeout = limit === undefined ? [] : ["--timeout", limit];
    // Another home with the same keys: each process holds its own.
    await copyFolder(
      `${bed.base}/clients/there`,
      bed.path(`${id}/clients/there`),
    );
    await Deno.writeTextFile(
      bed.path(`${id}/clients/there/config/config.toml`),
      config.replaceAll(apiUrl, url)
        .replaceAll(bed.base, bed.path(id)),
    );
    const env = { NYMWIRE_HOME: bed.path(id) };
    const [init, send] = await Promise.all([
      bed.nymwire(
        ["init", "--id", id, "--network", url, ...timeout, "--json"],
        {
          env,
        },
      ),
      bed.nymwire(["send", "--id", "there", "--to", "self", ...timeout, "x"], {
        env,
      }),
    ]);
    assertEquals(
      [init.code, send.code],
      [code, code],
      init.stderr + send.stderr,
    );
    assertMatch(init.stderr, /^error: Cannot .+\nhint: .+\n$/);
    assertMatch(init.stderr, says);
    assertMatch(send.stderr, /^error: Cannot .+ \(not sent\)\nhint: .+\n$/);
    const waits = /is reached while waiting for (the directory http|gateway )/;
    assertMatch(send.stderr, limit === undefined ? says : waits);
    const told = JSON.parse(init.stdout);
    assertEquals([told.type, told.code], ["error", code]);
    // Nothing is left of a client that was not made.
    const homes = await Array.fromAsync(
      Deno.readDir(bed.path(`${id}/clients`)),
    );
    assertEquals(homes.map(({ name }) => name), ["there"]);
  }

  /** A directory in front of the network's. */
  async function withDirectory(
    meddle: Meddling,
    expected: { code: number; says: RegExp; limit?: string },
  ): Promise<void> {
    await using proxy = new DirectoryProxy(apiUrl, meddle);
    const { source } = expected.says;
    const says = new RegExp(source.replace("URL", proxy.apiUrl));
    await onNetwork(proxy.apiUrl, { ...expected, says });
  }

  /** A gateway in the place of the network's. */
  async function withGateway(
    port: number,
    expected: { code: number; says: RegExp; limit?: string },
  ): Promise<void> {
    await withDirectory(async (path, original) => {
      const answer = await original() as Answer;
      if (path.includes("entry-gateways")) {
        for (const { entry } of answer.nodes.data) entry.ws_port = port;
      }
      return answer;
    }, expected);
  }

  await together(t, {
    "a directory that is down": async () => {
      const url = `http://127.0.0.1:${closedPort()}/api/`;
      const says =
        /Cannot ask directory at http:\/\/127\.0\.0\.1:\d+\/api\/.*: nobody listens there/;
      await onNetwork(url, { code: 3, says });
    },
    "a directory that fails": () =>
      withDirectory(
        () => new Response("oops", { status: 500 }),
        {
          code: 3,
          says: /Cannot use directory at URL.+: have HTTP status 500/,
        },
      ),
    "a directory that answers nonsense": () =>
      withDirectory(
        () => new Response("<html>a login page</html>"),
        { code: 3, says: /Cannot use directory at URL.+: need JSON/ },
      ),
    "a directory that answers JSON of another shape": () =>
      withDirectory(
        () => ({ hello: "world" }),
        { code: 3, says: /Cannot use directory at URL.+: .+: missing/ },
      ),
    "a directory without end": () =>
      withDirectory(
        () =>
          new Response(
            new ReadableStream({
              pull: (stream) => stream.enqueue(new Uint8Array(65_536).fill(32)),
            }),
          ),
        {
          code: 3,
          says: /Cannot use directory at URL.+: have more than \d+ bytes/,
        },
      ),
    "a directory that is slow": async () => {
      const late = Promise.withResolvers<Response>();
      try {
        await withDirectory(
          async () => (await late.promise).clone(),
          {
            code: 6,
            limit: "2s",
            says: /asking URL for gateways: the time limit of 2s is reached/,
          },
        );
      } finally {
        late.resolve(new Response("at last"));
      }
    },
    "a network with an empty layer": () =>
      withDirectory(async (path, original) => {
        const answer = await original() as Answer;
        return path.includes("rewarded-set")
          ? { ...answer, layer2: [] }
          : answer;
      }, {
        code: 3,
        says:
          /Cannot use the network of URL: of the mix nodes in layer 2 \(0\) none is usable/,
      }),
    "a gateway that is down": () =>
      withGateway(closedPort(), {
        code: 3,
        says:
          /Cannot reach gateway .{6}…: ws:\/\/127\.0\.0\.1:\d+: nobody listens there/,
      }),
    "a gateway that refuses the connection": async () => {
      await using server = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        () => new Response("no", { status: 403 }),
      );
      await withGateway(server.addr.port, {
        code: 3,
        says: /Cannot reach gateway .{6}…: .+: have HTTP status 403/,
      });
    },
    "a gateway that closes": async () => {
      await using gateway = new GatewayDouble((socket) =>
        socket.close(1008, "go away")
      );
      await withGateway(gateway.port, {
        code: 3,
        says:
          /Cannot use gateway .{6}…: the connection ended with code 1008, go away/,
      });
    },
    "a gateway that refuses the client": async () => {
      await using gateway = new GatewayDouble((socket) =>
        socket.send('{"type":"error","message":"this gateway is full"}')
      );
      await withGateway(gateway.port, {
        code: 3,
        says: /gateway .{6}…: it says "this gateway is full"/,
      });
    },
    "a gateway that speaks another version": async () => {
      await using gateway = new GatewayDouble((socket) =>
        socket.send('{"type":"supportedProtocol","version":1}')
      );
      await withGateway(gateway.port, {
        code: 3,
        says: /it announces version 1, need 3 to 6/,
      });
    },
    "a gateway that speaks nonsense": async () => {
      await using gateway = new GatewayDouble((socket) =>
        socket.send("nonsense")
      );
      await withGateway(gateway.port, {
        code: 3,
        says: /Cannot use gateway .{6}…: cannot decode gateway response/,
      });
    },
    "a gateway that says nothing": async () => {
      await using gateway = new GatewayDouble(() => {});
      await withGateway(gateway.port, {
        code: 6,
        limit: "5s",
        says: /registering with gateway .{6}…: the time limit of 5s is reached/,
      });
    },
  });
  assertEquals(await bed.leftTemporary(), []);
});

/** A websocket server that answers every message in its own way. */
class GatewayDouble implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #end = new AbortController();

  constructor(answer: (socket: WebSocket) => void) {
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        signal: this.#end.signal,
      },
      (request) => {
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.addEventListener("message", () => answer(socket));
        return response;
      },
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // At once, whatever is under way.
    this.#end.abort();
    await this.#server.finished;
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o700 });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
