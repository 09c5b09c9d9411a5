/**
 * Make a realm a plugin's own: what it prints becomes lines of its log, and when it ends itself that is told before it
 * happens. Handed to the realm as text, as the guest is.
 */
export function ownRealm(post: (text: string) => void): void {
  const { stringify } = JSON;
  const LEVELS = {
    log: "info",
    info: "info",
    debug: "debug",
    warn: "warn",
    error: "warn",
  } as const;
  for (const [method, level] of Object.entries(LEVELS)) {
    Reflect.set(globalThis.console, method, (...parts: unknown[]) => {
      const text = parts.map((part) =>
        typeof part === "string" ? part : Deno.inspect(part)
      ).join(" ").slice(0, 4000);
      const request = { op: "log", level, text };
      post(stringify({ kind: "request", id: 0, request }));
    });
  }
  const exit = Deno.exit;
  Reflect.set(Deno, "exit", (code?: number): never => {
    post(stringify({ kind: "exit" }));
    return exit(code);
  });
}
