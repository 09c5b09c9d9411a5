import { assert, assertEquals, assertThrows } from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import { equal } from "../../lib/bytes/equal.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { EXIT, NymError } from "../../lib/errors.ts";
import { openStock } from "../../lib/mailbox/stock.ts";
import { listenStreams, openStream } from "../../lib/stream/open.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { StockDouble } from "../support/stock_double.ts";
import { StockPost } from "../support/stock_post.ts";
import { carryThere } from "../support/streams.ts";

const open = ({ url }: StockDouble) =>
  openStock({ url, random: systemRandom, clock: systemClock });

for (const loss of [0, 0.02]) {
  Deno.test(`streams run over stock clients that lose ${loss * 100} % of messages`, async () => {
    await using post = new StockPost({ loss, clock: systemClock });
    await using alice = await open(post.caller);
    await using bob = await open(post.listener);
    const [up, down] = [seededRandom(1)(300_000), seededRandom(2)(300_000)];
    const carried = await carryThere([alice, bob], { up, down });
    assert(equal(carried.up, up), "the caller's bytes");
    assert(equal(carried.down, down), "the listener's bytes");
    assert(post.blocks >= 0, "the caller has sent all blocks that were spent");
  });
}

for (const dialect of ["a", "b"] as const) {
  Deno.test(`streams refuse stock clients of dialect ${dialect}, which answer once`, async () => {
    await using double = new StockDouble({ dialect });
    await using mailbox = await open(double);
    for (
      const begin of [
        () => openStream(mailbox, mailbox.address),
        () => listenStreams(mailbox),
      ]
    ) {
      const error = assertThrows(begin, NymError, "older than 1.1.4");
      assertEquals([error.exitCode, error.mayArrive], [EXIT.refused, false]);
    }
    assertEquals(
      double.requests.filter(({ kind }) => kind !== "selfAddress"),
      [],
      "nothing was sent",
    );
  });
}
