import { assertEquals, assertMatch } from "@std/assert";
import { Testbed, together } from "../support/testbed.ts";
import { interpreter } from "./python.ts";

const EXAMPLES = new URL("../../examples/native/", import.meta.url).pathname;

/** Where Debian puts Go packages, gorilla/websocket among them. */
const DEBIAN_GO = "/usr/share/gocode";

/** What each of them prints at its end. */
const ANSWERED =
  /^our address is: \S+@\w+\n[^]*\nreceived 'Hello Nym!' from the mix network\n[^]*received 'hello from reply blocks!' from the mix network\n$/;

Deno.test("the text examples that people know, in Python and in Go, ask and answer through `run`", async (t) => {
  await using bed = await Testbed.create();
  await bed.network();
  await Promise.all([bed.init("python"), bed.init("go")]);
  await together(t, {
    "textsend.py": async () => {
      const { url } = await bed.run("python");
      await asks(await interpreter(), [`${EXAMPLES}textsend.py`, url]);
    },
    "textsend.go": async () => {
      const { url } = await bed.run("go");
      const program = bed.path("textsend");
      await go(["build", "-o", program, "textsend.go"]);
      await asks(program, [url]);
    },
  });
});

async function asks(program: string, args: readonly string[]): Promise<void> {
  const { code, stdout } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stderr: "inherit",
  }).output();
  assertMatch(new TextDecoder().decode(stdout), ANSWERED);
  assertEquals(code, 0);
}

/** Run Go: with Debian's package of the websocket library, else with the module that `go.mod` names, which Go fetches. */
async function go(args: readonly string[]): Promise<void> {
  const env: Record<string, string> = await isThere(DEBIAN_GO)
    ? { GO111MODULE: "off", GOPATH: DEBIAN_GO }
    : {};
  const { code } = await new Deno.Command("go", {
    args: [...args],
    cwd: EXAMPLES,
    env,
    stdin: "null",
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
}

async function isThere(folder: string): Promise<boolean> {
  try {
    return (await Deno.stat(`${folder}/src/github.com/gorilla/websocket`))
      .isDirectory;
  } catch {
    return false;
  }
}
