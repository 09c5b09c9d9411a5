import { runPluginChild } from "./main.ts";

await runPluginChild();
