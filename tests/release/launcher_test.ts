import { assertEquals, assertStringIncludes } from "@std/assert";
import { chooseFolder, launcherText } from "../../lib/release/launcher.ts";

Deno.test("chooseFolder() takes a usual folder that the shell searches", () => {
  assertEquals(
    chooseFolder("/home/ada", "/usr/bin:/home/ada/bin/:/home/ada/.deno/bin"),
    {
      folder: "/home/ada/.deno/bin",
      onPath: true,
    },
  );
});

Deno.test("chooseFolder() falls back to the most usual folder", () => {
  assertEquals(chooseFolder("/home/ada", "/usr/bin"), {
    folder: "/home/ada/.local/bin",
    onPath: false,
  });
});

Deno.test("launcherText() quotes paths and becomes the program", () => {
  const text = launcherText({
    deno: "/opt/de no/deno",
    config: "/it's/deno.json",
    main: "/m.ts",
  });
  assertStringIncludes(
    text,
    "#!/bin/sh\nexec '/opt/de no/deno' run --quiet --allow-all",
  );
  assertStringIncludes(text, `'--config=/it'\\''s/deno.json' /m.ts "$@"\n`);
});
