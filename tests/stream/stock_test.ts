import { assert, assertEquals, assertThrows } from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { EXIT, NymError } from "../../lib/errors.ts";
import { openStock } from "../../lib/mailbox/stock.ts";
import { listenStreams, openStream } from "../../lib/stream/open.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { StockDouble } from "../support/stock_double.ts";
import { StockPost } from "../support/stock_post.ts";
import { readAll, writeAll } from "../support/streams.ts";

const open = ({ url }: StockDouble) =>
  openStock({ url, random: systemRandom, clock: systemClock });

for (const loss of [0, 0.02]) {
  Deno.test(`streams run over stock clients that lose ${loss * 100} % of messages`, async () => {
    await using post = new StockPost({ loss, clock: systemClock });
    await using alice = await open(post.caller);
    await using bob = await open(post.listener);
    const callers = listenStreams(bob);
    const stream = openStream(alice, bob.address);
    const [up, down] = [seededRandom(1)(300_000), seededRandom(2)(300_000)];
    const writing = writeAll(stream.writable, up);
    const { value: peer } = await callers.next();
    const [received, answered] = await Promise.all([
      readAll(peer!.readable),
      readAll(stream.readable),
      writing,
      writeAll(peer!.writable, down),
      stream.closed,
      peer!.closed,
    ]);
    assertEquals(received, up);
    assertEquals(answered, down);
    assert(post.blocks >= 0, "the caller has sent all blocks that were spent");
    await callers.return();
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
