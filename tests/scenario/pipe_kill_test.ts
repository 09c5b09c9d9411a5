import { assert, assertEquals } from "@std/assert";
import { carryBothWays, type SideOutcome } from "../support/both_ways.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { Testbed, together } from "../support/testbed.ts";

/** Bytes each way. */
const SIZE = 120_000;

/** How many pipes are killed: `NYMWIRE_TEST_KILLS=20` for a long look. */
const KILLS = Number(Deno.env.get("NYMWIRE_TEST_KILLS") ?? 4);

/** The code of a process that was killed. */
const KILLED = 137;

Deno.test("pipe never takes what is cut off for all, whichever side is killed, whenever", async (t) => {
  await using bed = await Testbed.create();
  const { apiUrl } = await bed.network("--port", "0");
  await bed.init("caller", "--network", apiUrl);
  const address = await bed.init("listener", "--network", apiUrl);
  await Promise.all([bed.run("caller"), bed.run("listener")]);
  const random = seededRandom(20);
  const share = () => random(1)[0]! / 256;
  const kills = Array.from({ length: KILLS }, (_, number) => ({
    number,
    killed: number % 2 === 0 ? "caller" : "listener",
    // The first moment and the last one are moments too.
    after: number < 2 ? [1, SIZE][number]! : 1 + Math.floor(share() * SIZE),
  } as const));
  await together(
    t,
    Object.fromEntries(kills.map(({ number, killed, after }) => [
      `${number}: the ${killed} is killed after ${after} bytes`,
      async () => {
        const code = bed.path(`code${number}`);
        const common = ["--code-file", code, "--idle", "12s"];
        const { caller, listener } = await carryBothWays({
          listen: ["--id", "listener", ...common],
          call: ["--id", "caller", "--to", address, ...common],
          env: bed.env,
          size: SIZE,
          after,
          midway: (sides) => sides[killed].kill("SIGKILL"),
        });
        const [gone, left] = killed === "caller"
          ? [caller, listener]
          : [listener, caller];
        for (const side of [gone, left]) {
          assert(side.isBeginning, "what came is what was sent, in order");
        }
        assertHonest(left);
        // It may have ended before it was killed.
        if (gone.code !== KILLED) assertHonest(gone);
      },
    ])),
    { atOnce: 4 },
  );
});

/** It ended well with all the bytes, or it says that it did not. */
function assertHonest({ code, isEqual, told }: SideOutcome): void {
  if (code === 0) assert(isEqual, "it takes a part for all");
  else assertEquals(code, 5, told);
}
