import { assertEquals } from "@std/assert";
import { StockDouble } from "../support/stock_double.ts";
import { Testbed } from "../support/testbed.ts";

/** What a page in the browser finds when it tries to open a websocket. */
type Finding = "opened" | "refused";

/** Names under which Chromium is installed. */
const BROWSERS = [
  "chromium",
  "/usr/bin/chromium",
  "chromium-browser",
  "google-chrome",
];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

Deno.test("Chromium: a page from a foreign origin is refused, one that is named in the settings is let in", async () => {
  await using foreign = page();
  await using friend = page();
  await using bed = await Testbed.create();
  await bed.settings(`allowed_origins = ["${friend.origin}"]\n`);
  await using client = new StockDouble({ dialect: "c" });
  const line = await bed.start(["run", "--upstream", client.url]).firstLine();
  const url = line.slice("listening on ".length);
  assertEquals(await foreign.visit(url), "refused");
  assertEquals(await friend.visit(url), "opened");
});

/** A web site with one page, which tries to open a websocket and tells us what happened. */
function page(): AsyncDisposable & {
  origin: string;
  visit(websocket: string): Promise<Finding>;
} {
  let found = Promise.withResolvers<Finding>();
  const site = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const url = new URL(request.url);
      if (url.pathname === "/found") {
        found.resolve(
          url.searchParams.get("what") as Finding,
        );
      }
      const websocket = JSON.stringify(url.searchParams.get("websocket"));
      const script = `const socket = new WebSocket(${websocket});
      const tell = (what) => fetch("/found?what=" + what);
      socket.onopen = () => tell("opened");
      socket.onerror = () => tell("refused");`;
      return new Response(`<!doctype html><script>${script}</script>`, {
        headers: { "content-type": "text/html" },
      });
    },
  );
  const origin = `http://127.0.0.1:${site.addr.port}`;
  return {
    origin,
    async visit(websocket) {
      found = Promise.withResolvers();
      await using _browser = await browse(
        `${origin}/?websocket=${encodeURIComponent(websocket)}`,
      );
      return await found.promise;
    },
    [Symbol.asyncDispose]: () => site.shutdown(),
  };
}

/** Open a page in a browser with an empty profile of its own, until the result is let go. */
async function browse(url: string): Promise<AsyncDisposable> {
  const profile = await Deno.makeTempDir({ prefix: "nymwire-chromium-" });
  const browser = start([...FLAGS, `--user-data-dir=${profile}`, url]);
  return {
    async [Symbol.asyncDispose]() {
      browser.kill("SIGKILL");
      await browser.status;
      // Its helpers end a moment later, and write until then.
      for (let left = 50; left > 0; left--) {
        try {
          return await Deno.remove(profile, { recursive: true });
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },
  };
}

function start(args: string[]): Deno.ChildProcess {
  for (const name of BROWSERS) {
    try {
      return new Deno.Command(name, {
        args,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    "Cannot run this test: there is no Chromium (Debian: chromium)",
  );
}
