import { assertStringIncludes } from "@std/assert";
import { parseGrant } from "../../lib/plugin/grant.ts";
import { failureOf, stage } from "../plugin/support.ts";
import { shipped } from "./service.ts";

const options = { programs: { say: "/bin/echo" } };
const run = parseGrant("run=/bin/echo");

Deno.test("exec.ts does not start without a token, unless anyone may run programs", async () => {
  const plain = shipped("exec", { options, grants: [run] });
  assertStringIncludes(await failureOf(stage([plain])), "exec.anyone=true");
  const empty = shipped("exec", {
    options: { ...options, tokenVariable: "MISSING" },
    grants: [run, parseGrant("env=MISSING")],
  });
  assertStringIncludes(await failureOf(stage([empty])), "exec.tokenVariable");
});

Deno.test("exec.ts says what to grant for each program that is listed", async () => {
  const spec = shipped("exec", { options: { ...options, anyone: true } });
  assertStringIncludes(
    await failureOf(stage([spec])),
    "--grant exec.run=/bin/echo",
  );
});
