import { assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "../../lib/errors.ts";
import { parseGrant } from "../../lib/plugin/grant.ts";
import { fetchFor } from "../../lib/plugin/services/fetch.ts";

interface Ask {
  url: string;
  method?: string;
  headers?: [string, string][];
  body?: string;
  maxBytes?: number;
  timeout?: number;
  grants?: string[];
}

/** Ask servers that answer by URL; tells what they were asked. */
function ask(
  { url, grants = ["net=a.example", "net=b.example"], body, ...rest }: Ask,
  answers: Record<string, () => Response | Promise<Response>>,
): { asked: string[]; answer: ReturnType<typeof fetchFor> } {
  const asked: string[] = [];
  const answer = fetchFor({
    op: "fetch",
    url,
    method: "GET",
    headers: [],
    body: body === undefined ? undefined : new TextEncoder().encode(body),
    timeout: 10_000,
    maxBytes: 1000,
    ...rest,
  }, {
    name: "p",
    grants: grants.map(parseGrant),
    signal: new AbortController().signal,
    async fetch(url, { method, headers, body }) {
      const names = [...new Headers(headers).keys()].join(",");
      const text = body ? await new Response(body).text() : "";
      asked.push([method, url.href, names, text].join(" ").trim());
      return await answers[url.href]!();
    },
  });
  return { asked, answer };
}

function to(location: string, status = 302): () => Response {
  return () => new Response(null, { status, headers: { location } });
}

Deno.test("fetchFor() hands on what was asked, but for what belongs to the connection", async () => {
  const { asked, answer } = ask({
    url: "https://a.example/tx?x=1",
    method: "POST",
    headers: [["X-Own", "1"], ["Host", "evil"], ["Content-Length", "9"]],
    body: "hello",
  }, {
    "https://a.example/tx?x=1": () =>
      new Response("done", { status: 201, headers: { "x-id": "7" } }),
  });
  assertEquals(await answer, {
    url: "https://a.example/tx?x=1",
    status: 201,
    statusText: "",
    headers: [["content-type", "text/plain;charset=UTF-8"], ["x-id", "7"]],
    body: new TextEncoder().encode("done").toBase64(),
  });
  assertEquals(asked, ["POST https://a.example/tx?x=1 x-own hello"]);
});

Deno.test("fetchFor() asks granted hosts alone, those of redirects too", async () => {
  for (
    const url of [
      "https://c.example/",
      "http://a.example/",
      "https://a.example:444/",
      "https://sub.a.example/",
      "https://user:pass@a.example/",
      "file:///etc/passwd",
      "data:text/plain,x",
      "nonsense",
    ]
  ) {
    const { asked, answer } = ask({ url }, {});
    await assertRejects(() => answer, PluginError, "Cannot fetch");
    assertEquals(asked, [], url);
  }
  const { asked, answer } = ask({ url: "https://a.example/" }, {
    "https://a.example/": to("http://127.0.0.1:1/admin"),
  });
  await assertRejects(
    () => answer,
    PluginError,
    "not granted, add --grant p.net=127.0.0.1:1",
  );
  assertEquals(asked.length, 1);
});

Deno.test("fetchFor() follows redirects as browsers do, secrets left behind", async () => {
  const headers: [string, string][] = [
    ["Authorization", "s"],
    ["Cookie", "c"],
    ["X-Own", "1"],
    ["Content-Type", "t"],
  ];
  const start = { url: "https://a.example/", method: "POST", headers };
  const see = ask({ ...start, body: "b" }, {
    "https://a.example/": to("/next", 307),
    "https://a.example/next": to("https://b.example/", 302),
    "https://b.example/": () => new Response("ok"),
  });
  await see.answer;
  assertEquals(see.asked, [
    "POST https://a.example/ authorization,content-type,cookie,x-own b",
    "POST https://a.example/next authorization,content-type,cookie,x-own b",
    "GET https://b.example/ x-own",
  ]);
  const circle = ask({ url: "https://a.example/" }, {
    "https://a.example/": to("https://a.example/"),
  });
  await assertRejects(
    () => circle.answer,
    PluginError,
    "more than 5 redirects",
  );
});

Deno.test("fetchFor() bounds answers in size and time", async () => {
  const large = ask({ url: "https://a.example/", maxBytes: 10 }, {
    "https://a.example/": () => new Response("x".repeat(11)),
  });
  await assertRejects(() => large.answer, PluginError, "at most 10 bytes");
  const silent = ask({ url: "https://a.example/", timeout: 10 }, {
    "https://a.example/": () => new Response(new ReadableStream({})),
  });
  await assertRejects(() => silent.answer, PluginError, "no answer in 10 ms");
  const failing = ask({ url: "https://a.example/secret?token=1" }, {
    "https://a.example/secret?token=1": () => {
      throw new TypeError("outer", { cause: new Error("connection refused") });
    },
  });
  const error = await assertRejects(() => failing.answer, PluginError);
  assertEquals(
    error.message,
    "Cannot fetch a.example: connection refused",
  );
});
