import { assertEquals } from "@std/assert";
import { shorten } from "../../lib/cli/shorten.ts";
import { ADDRESS, SENDER_TAG } from "../support/fake_mailbox.ts";

Deno.test("shorten() leaves the beginning of each key of an address or tag", () => {
  assertEquals(shorten(ADDRESS), "CytBse….4QXYyE…@4sBbL1…");
  assertEquals(shorten(`tag ${SENDER_TAG} of alice`), "tag zXExey… of alice");
});
