import {
  assert,
  assertEquals,
  assertFalse,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { readCode, readOrMakeCode } from "../../../lib/cli/pipe/code_file.ts";
import { UsageError } from "../../../lib/errors.ts";

async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nymwire-code-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readOrMakeCode() makes a code that nobody else can read or guess", () =>
  inFolder(async (folder) => {
    const made = await readOrMakeCode(`${folder}/a`);
    assert(made.isNew);
    assertFalse(made.isOpen);
    const { mode } = await Deno.stat(`${folder}/a`);
    assertEquals(mode! & 0o777, 0o600);
    const text = new TextDecoder().decode(made.code);
    const options = { alphabet: "base64url" } as const;
    assertEquals(Uint8Array.fromBase64(text, options).length, 32);

    const again = await readOrMakeCode(`${folder}/a`);
    assertFalse(again.isNew);
    assertEquals(again.code, made.code);
    assertEquals((await readCode(`${folder}/a`)).code, made.code);
    const other = await readOrMakeCode(`${folder}/b`);
    assertNotEquals(other.code, made.code);
  }));

Deno.test("readCode() takes any bytes, without the line ends behind them", () =>
  inFolder(async (folder) => {
    const bytes = new Uint8Array(16).fill(0xff);
    await Deno.writeFile(
      `${folder}/code`,
      new Uint8Array([...bytes, 13, 10]),
      { mode: 0o644 },
    );
    const { code, isOpen } = await readCode(`${folder}/code`);
    assertEquals(code, bytes);
    assert(isOpen);
  }));

Deno.test("readCode() refuses files that are missing, short, long or folders", () =>
  inFolder(async (folder) => {
    const write = (size: number) =>
      Deno.writeFile(`${folder}/code`, new Uint8Array(size).fill(65));
    const refused = (text: string) =>
      assertRejects(() => readCode(`${folder}/code`), UsageError, text);
    await refused("Cannot read the code");
    await write(15);
    await refused("need 16 to 4096 bytes, have 15");
    await write(100_000);
    await refused("need 16 to 4096 bytes");
    await assertRejects(() => readCode(folder), UsageError, "it is a folder");
    await assertRejects(() => readOrMakeCode(folder), UsageError);
    await assertRejects(
      () => readOrMakeCode(`${folder}/no/such/code`),
      UsageError,
      "Cannot write the code",
    );
  }));
