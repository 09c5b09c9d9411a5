/** The C library of every Linux that the runtime runs on. */
const C_LIBRARY = "libc.so.6";

/** What `shutdown` ends: the direction from here. */
const SHUT_WR = 1;

/**
 * Let whoever reads standard output see its end while the process goes on. The runtime keeps the descriptor open whatever is
 * closed in it, and a copy of it, so this goes past it: each is put on `/dev/null`, where later writes end. Only where that can be done:
 * on Linux, with the right to call the C library, and if standard output is not standard error or input as well. Elsewhere the
 * end is seen when the process ends.
 */
export async function closeOutput(): Promise<void> {
  if (Deno.build.os !== "linux") return;
  const { state } = await Deno.permissions.query({ name: "ffi" });
  if (state !== "granted") return;
  const target = await linkOf("1");
  if (target === undefined || target === await linkOf("2")) return;
  using library = openLibrary();
  const { dup2, shutdown } = library.symbols;
  if (target.startsWith("socket:")) {
    shutdown(1, SHUT_WR);
    return;
  }
  if (target === await linkOf("0")) return;
  using _nothing = await Deno.open("/dev/null", { write: true });
  const descriptors = await descriptorsByTarget();
  const nothing = descriptors.get("/dev/null")?.at(-1);
  if (nothing === undefined) return;
  for (const descriptor of descriptors.get(target) ?? []) {
    dup2(nothing, descriptor);
  }
}

function openLibrary() {
  const library = Deno.dlopen(C_LIBRARY, {
    dup2: { parameters: ["i32", "i32"], result: "i32" },
    shutdown: { parameters: ["i32", "i32"], result: "i32" },
  });
  return {
    symbols: library.symbols,
    [Symbol.dispose]: () => library.close(),
  };
}

/** The open descriptors of this process, by what they lead to. */
async function descriptorsByTarget(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for await (const { name } of Deno.readDir("/proc/self/fd")) {
    const target = await linkOf(name);
    if (target === undefined) continue;
    found.set(target, [...found.get(target) ?? [], Number(name)]);
  }
  return found;
}

async function linkOf(descriptor: string): Promise<string | undefined> {
  try {
    return await Deno.readLink(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined; // closed meanwhile, or a system without /proc
  }
}
