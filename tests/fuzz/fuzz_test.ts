import { assert } from "@std/assert";
import { fuzz } from "./fuzz.ts";
import { allTargets } from "./targets.ts";

/** A taste of `deno task fuzz`, which feeds a million. */
const INPUTS = 2000;

for (const target of await allTargets()) {
  Deno.test(`${target.name}: nothing but refusals, whatever comes`, async () => {
    const { accepted } = await fuzz(target, { inputs: INPUTS, seed: "test" });
    // What refuses everything or takes everything is not fed with the right things.
    assert(accepted > 0, "every input was refused");
  });
}
