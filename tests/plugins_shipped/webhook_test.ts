import { assertEquals } from "@std/assert";
import { folderOf, stage } from "../plugin/support.ts";
import { parseGrant } from "../../lib/plugin/grant.ts";
import { shipped } from "./service.ts";

const PLUGIN = shipped("webhook", {
  options: { url: "https://hooks.example/", body: true },
  grants: [parseGrant("net=hooks.example:443")],
});

Deno.test("webhook.ts keeps what it cannot tell over a restart, and tells it in order", async () => {
  await using folder = await folderOf({});
  const storeFolder = folder.path;
  {
    const refuse = () => Promise.resolve(new Response(null, { status: 503 }));
    await using down = await stage([PLUGIN], { storeFolder, fetch: refuse });
    for (const text of ["one", "two"]) {
      assertEquals(await down.arrive(text), [text]);
    }
  }
  const told: string[] = [];
  await using up = await stage([PLUGIN], {
    storeFolder,
    async fetch(_url, { body }) {
      told.push((await new Response(body).json()).text);
      return new Response(null, { status: 204 });
    },
  });
  // It is one of those two; where they have been told by now, it is told once more.
  await up.arrive("one");
  assertEquals(told.slice(0, 2), ["one", "two"]);
});
