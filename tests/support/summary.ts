/**
 * Sums the JUnit reports named on the command line into one line, `N passed, N failed`, and fails if a test failed or none
 * ran. Tests that a machine does not allow (a disk of their own needs the right to mount one) are told in a line before.
 */
let passed = 0;
let failed = 0;
let skipped = 0;
for (const path of Deno.args) {
  const report = await Deno.readTextFile(path);
  for (const [, attributes] of report.matchAll(/<testsuite\s([^>]*)>/g)) {
    const count = (name: string) =>
      Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes!)?.[1] ?? 0);
    const bad = count("failures") + count("errors");
    const idle = count("disabled") + count("skipped");
    failed += bad;
    skipped += idle;
    passed += count("tests") - bad - idle;
  }
}
const lines = [`${passed} passed, ${failed} failed`];
if (skipped > 0) {
  lines.unshift(`left out, as this machine does not allow them: ${skipped}`);
}
await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
if (failed > 0 || passed === 0) Deno.exit(1);
