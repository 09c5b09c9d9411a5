#!/usr/bin/env -S deno run -A
import config from "./deno.json" with { type: "json" };
import { CHILD_ARGUMENT } from "./lib/plugin/child/argument.ts";

if (import.meta.main) {
  // In compiled programs the processes of plugins are started from here.
  if (Deno.args[0] === CHILD_ARGUMENT) {
    const { runPluginChild } = await import("./lib/plugin/child/main.ts");
    await runPluginChild();
  } else {
    const { runProcess } = await import("./lib/cli/process.ts");
    await runProcess({
      version: config.version,
      exit: (code) => Deno.exit(code),
    });
  }
}
