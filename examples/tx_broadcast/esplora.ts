// deno-lint-ignore-file no-console -- It prints, as programs do.
/**
 * A web service that takes the place of an Esplora endpoint while you try things: `POST /api/tx` takes a transaction in hex and
 * answers with a txid of its own making, `GET /api/txs` lists what it took. Nothing leaves this machine.
 *
 *     deno run -A examples/tx_broadcast/esplora.ts
 */

/** The service, while it runs. */
export interface Esplora extends AsyncDisposable {
  /** What `tx_broadcast.endpoint` is set to. */
  readonly endpoint: string;
  /** The transactions that came, in hex. */
  readonly taken: readonly string[];
}

/** Start it, on any port that is free. */
export function startEsplora(): Esplora {
  const taken: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (request.method === "GET" && pathname === "/api/txs") {
        return Response.json(taken);
      }
      if (request.method !== "POST" || pathname !== "/api/tx") {
        return new Response("Not found", { status: 404 });
      }
      const transaction = await request.text();
      // As a Bitcoin node does with coins that are spent.
      if (taken.includes(transaction)) {
        return new Response("bad-txns-inputs-missingorspent", { status: 400 });
      }
      taken.push(transaction);
      const bytes = Uint8Array.fromHex(transaction);
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      return new Response(new Uint8Array(digest).toHex());
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}/api`,
    taken,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

if (import.meta.main) console.log(startEsplora().endpoint);
