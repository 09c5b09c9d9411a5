import { assertEquals } from "@std/assert";
import { invitation } from "../../../lib/cli/pipe/invitation.ts";

Deno.test("invitation() is what whoever calls types", () => {
  assertEquals(invitation("a.b@c", {}), "nymwire pipe --to a.b@c");
  assertEquals(
    invitation("a.b@c", { codeFile: "my code's file" }),
    "nymwire pipe --to a.b@c --code-file 'my code'\\''s file'",
  );
});

Deno.test("invitation() names a port that anyone may listen on", () => {
  const tcp = (port: number) => ({ tcp: { host: "x", port } });
  assertEquals(
    invitation("a.b@c", tcp(22)),
    "nymwire pipe --to a.b@c --tcp-listen 8080",
  );
  assertEquals(
    invitation("a.b@c", { ...tcp(3000), keepOpen: true }),
    "nymwire pipe --to a.b@c --tcp-listen 3000 --keep-open",
  );
});
