import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { equal } from "../../lib/bytes/equal.ts";
import { randomIndex, type RandomSource } from "../../lib/crypto/random.ts";
import {
  decodeFragment,
  encodeFragment,
  type Fragment,
} from "../../lib/message/fragment.ts";
import type { DataPacketSizeName } from "../../lib/message/packet_size.ts";
import {
  type DropReason,
  Reassembler,
  type ReassemblerCounters,
  type ReassemblyOutcome,
} from "../../lib/message/reassemble.ts";
import { split } from "../../lib/message/split.ts";
import { seededRandom } from "../support/seeded_random.ts";

const MINUTE = 60_000;

/** Three sets in regular packets. */
const THREE_SETS = 818_034;

const IGNORED: ReassemblyOutcome = { kind: "ignored" };

const NOTHING: ReassemblerCounters = {
  messages: 0,
  duplicates: 0,
  late: 0,
  conflicts: 0,
  malformed: 0,
  crowdedOut: 0,
  stale: 0,
};

Deno.test("Reassembler gives back a message of one fragment", () => {
  const reassembler = new Reassembler();
  const [fragment] = cut("hello");
  const message = reassembler.push(fragment!, 0);
  assertEquals(message, {
    kind: "message",
    bytes: new TextEncoder().encode("hello"),
    setIds: [fragment!.setId],
  });
  assertEquals(reassembler.counters, { ...NOTHING, messages: 1 });
  assertEquals([reassembler.openSets, reassembler.bytes], [0, 0]);
});

Deno.test("Reassembler gives back an empty message", () => {
  assertEquals(
    bytesOf(new Reassembler().push(cut("")[0]!, 0)),
    new Uint8Array(),
  );
});

Deno.test("Reassembler gives back linked sets in every order of sets and directions", () => {
  const body = seededRandom(3)(THREE_SETS);
  const fragments = cutBytes(body);
  const [a, b, c] = [0, 1, 2].map((set) =>
    fragments.slice(set * 255, set * 255 + 255)
  ) as [Fragment[], Fragment[], Fragment[]];
  for (
    const order of [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ]
  ) {
    for (const direction of [order, order.map((set) => set.toReversed())]) {
      const reassembler = new Reassembler();
      const results = direction.flat().map((fragment) =>
        reassembler.push(fragment, 0)
      );
      assert(results.slice(0, -1).every(({ kind }) => kind === "waiting"));
      assertEquals(bytesOf(results.at(-1)!), body);
      assertEquals([reassembler.openSets, reassembler.bytes], [0, 0]);
      assertEquals(reassembler.counters, { ...NOTHING, messages: 1 });
    }
  }
});

Deno.test("Reassembler undoes split(), however fragments are shuffled, repeated and mixed with others", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.integer({ min: 0, max: 20_000 }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.constantFrom<DataPacketSizeName>("regular", "extended8", "extended32"),
      (seed, lengths, packetSize) => {
        const random = seededRandom(seed);
        check(lengths.map((length) => random(length)), packetSize, random);
      },
    ),
  );
});

Deno.test("Reassembler undoes split(), shuffled messages of several sets", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(fc.integer({ min: 400_000, max: 1_300_000 }), {
        minLength: 1,
        maxLength: 2,
      }),
      (seed, lengths) => {
        const random = seededRandom(seed);
        check(lengths.map((length) => random(length)), "regular", random);
      },
    ),
    { numRuns: 8 },
  );
});

Deno.test("Reassembler handles a message of 10 MB, encoded and decoded", () => {
  const body = new Uint8Array(10_000_000).map((_, i) => i % 251);
  const reassembler = new Reassembler();
  const outcomes = cutBytes(body).toReversed().map((fragment) =>
    reassembler.push(decodeFragment(encodeFragment(fragment)), 0)
  );
  const message = outcomes.at(-1)!;
  assert(message.kind === "message");
  assert(equal(message.bytes, body));
  assertEquals(message.setIds.length, 25);
});

Deno.test("Reassembler counts what comes twice, and delivers once", () => {
  const reassembler = new Reassembler();
  const [first, second] = cut("x".repeat(2000));
  reassembler.push(first!, 0);
  reassembler.push(first!, 0);
  assertEquals(reassembler.counters.duplicates, 1);
  assert(bytesOf(reassembler.push(second!, 0)));
  assertEquals(reassembler.push(first!, 0), IGNORED);
  assertEquals(reassembler.push(second!, 0), IGNORED);
  assertEquals(reassembler.counters, {
    ...NOTHING,
    messages: 1,
    duplicates: 1,
    late: 2,
  });
  assertEquals(reassembler.openSets, 0);
});

Deno.test("Reassembler knows what an earlier life has finished", () => {
  const [fragment] = cut("hello");
  const reassembler = new Reassembler({ finishedSets: [fragment!.setId] });
  assertEquals(reassembler.push(fragment!, 0), IGNORED);
  assertEquals(reassembler.counters, { ...NOTHING, late: 1 });
});

Deno.test("Reassembler forgets finished sets only after so many others", () => {
  const reassembler = new Reassembler({ limits: { finishedSets: 3 } });
  const sets = [1, 2, 3, 4].map((setId) => ({ ...cut("hi")[0]!, setId }));
  for (const fragment of sets.slice(0, 3)) reassembler.push(fragment, 0);
  assertEquals(reassembler.push(sets[0]!, 0), IGNORED);
  reassembler.push(sets[3]!, 0);
  assert(bytesOf(reassembler.push(sets[0]!, 0)));
  assertEquals(reassembler.push(sets[2]!, 0), IGNORED);
});

Deno.test("Reassembler refuses another total than the first, and keeps the message", () => {
  const reassembler = new Reassembler();
  const [first, second] = cut("x".repeat(2000));
  reassembler.push(first!, 0);
  for (const total of [1, 3, 255]) {
    reassembler.push({ ...second!, index: 1, total }, 0);
    reassembler.push({ ...second!, index: total, total }, 0);
  }
  assertEquals(reassembler.counters.conflicts, 6);
  assertEquals(bytesOf(reassembler.push(second!, 0))?.length, 2000);
});

Deno.test("Reassembler counts a message without the mark of its end, and ignores its set then", () => {
  const reassembler = new Reassembler();
  const fragment = { ...cut("")[0]!, payload: new Uint8Array(1604) };
  assertEquals(reassembler.push(fragment, 0), IGNORED);
  assertEquals(reassembler.push(fragment, 0), IGNORED);
  assertEquals(reassembler.counters, { ...NOTHING, malformed: 1, late: 1 });
});

Deno.test("Reassembler counts a set that names one which is done with", () => {
  const reassembler = new Reassembler();
  const [done] = cut("done");
  reassembler.push(done!, 0);
  reassembler.push({ ...first(77), linkedSetId: done!.setId }, 0);
  assertEquals(reassembler.counters.malformed, 1);
  assertEquals(reassembler.openSets, 0);
});

Deno.test("Reassembler counts sets that name each other in a ring", () => {
  const reassembler = new Reassembler();
  for (const [id, other] of [[1, 2], [2, 1]] as const) {
    for (const fragment of wholeSet(id, other, other)) {
      assertEquals(bytesOf(reassembler.push(fragment, 0)), undefined);
    }
  }
  assertEquals(reassembler.counters, { ...NOTHING, malformed: 2 });
  assertEquals([reassembler.openSets, reassembler.bytes], [0, 0]);
});

Deno.test("Reassembler counts sets that disagree on who follows whom", () => {
  const reassembler = new Reassembler();
  const sets = [
    wholeSet(1, undefined, 3),
    wholeSet(2, undefined, 3),
    wholeSet(3, 1, undefined),
  ];
  for (const fragment of sets.flat()) reassembler.push(fragment, 0);
  assertEquals(reassembler.counters, { ...NOTHING, malformed: 3 });
  assertEquals(reassembler.openSets, 0);
});

Deno.test("Reassembler keeps to its number of sets: the one heard of longest ago goes", () => {
  const reassembler = new Reassembler({ limits: { openSets: 3 } });
  const [a1, a2] = cut("a".repeat(2000));
  const [b1, b2] = cut("b".repeat(2000));
  reassembler.push(b1!, 0);
  reassembler.push(a1!, 1);
  reassembler.push(first(1), 2);
  reassembler.push(first(2), 3);
  assertEquals(reassembler.openSets, 3);
  assertEquals(reassembler.counters.crowdedOut, 1);
  assertEquals(bytesOf(reassembler.push(a2!, 4))?.length, 2000);
  assertEquals(reassembler.push(b2!, 5), IGNORED);
  assertEquals(reassembler.counters.late, 1);
});

Deno.test("Reassembler bounds what endless first fragments take", () => {
  const reassembler = new Reassembler();
  for (let setId = 1; setId <= 1000; setId++) {
    reassembler.push(first(setId), setId);
  }
  assertEquals(reassembler.openSets, 256);
  assertEquals(reassembler.counters, { ...NOTHING, crowdedOut: 744 });
});

Deno.test("Reassembler keeps the finished sets of a message that goes on, whatever else comes", () => {
  const reassembler = new Reassembler({ limits: { openSets: 5 } });
  const body = seededRandom(4)(THREE_SETS);
  const fragments = cutBytes(body);
  let message: Uint8Array | undefined;
  fragments.forEach((fragment, i) => {
    reassembler.push(first(0x7000_0000 + i), i);
    message = bytesOf(reassembler.push(fragment, i));
  });
  assertEquals(message, body);
});

Deno.test("Reassembler keeps to its bytes: whole messages go, the oldest first, the growing one last", () => {
  const reassembler = new Reassembler({ limits: { bytes: 10 * 1604 } });
  const [a] = cut("a".repeat(2000));
  reassembler.push(a!, 0);
  const large = cut("b".repeat(20_000));
  for (const fragment of large.slice(0, 10)) reassembler.push(fragment, 1);
  assertEquals(reassembler.counters.crowdedOut, 1);
  assertEquals(reassembler.bytes, 10 * 1604);
  reassembler.push(large[10]!, 2);
  assertEquals(reassembler.counters.crowdedOut, 2);
  assertEquals([reassembler.openSets, reassembler.bytes], [0, 0]);
});

Deno.test("Reassembler gives up messages of which nothing came for half an hour", () => {
  const reassembler = new Reassembler();
  const [a1, a2, a3] = cut("a".repeat(4000));
  const [b1, b2] = cut("b".repeat(2000));
  reassembler.push(a1!, 0);
  reassembler.push(b1!, 0);
  reassembler.push(a2!, 29 * MINUTE);
  reassembler.push(cut("c")[0]!, 30 * MINUTE);
  assertEquals(reassembler.counters.stale, 1);
  assertEquals(reassembler.openSets, 1);
  assertEquals(reassembler.push(b2!, 30 * MINUTE), IGNORED);
  assertEquals(bytesOf(reassembler.push(a3!, 58 * MINUTE))?.length, 4000);
});

Deno.test("Reassembler tells of the sets that it gives up", () => {
  const told: [ids: number[], reason: DropReason][] = [];
  const reassembler = new Reassembler({
    limits: { openSets: 2 },
    onDropped: (ids, reason) => told.push([[...ids], reason]),
  });
  reassembler.push({ ...first(2), linkedSetId: 1 }, 0);
  reassembler.push(first(1), 0);
  reassembler.push(first(3), 1);
  reassembler.push({ ...first(4), total: 1 }, 2);
  reassembler.push(first(5), 2 * 60 * MINUTE);
  assertEquals(told, [
    [[2, 1], "crowdedOut"],
    [[4], "malformed"],
    [[3], "stale"],
  ]);
});

Deno.test("Reassembler keeps its bounds and its books, whatever comes", () => {
  const fragments = fc.record({
    setId: fc.integer({ min: 1, max: 40 }),
    total: fc.constantFrom(1, 2, 3, 255),
    place: fc.constantFrom(0, 0.5, 1),
    link: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    payload: fc.uint8Array({ maxLength: 3 }),
  }).map(({ place, link, ...fragment }) => {
    const index = 1 + Math.round(place * (fragment.total - 1));
    const linkable = index === 1 || index === 255;
    const linkedSetId = linkable && link !== fragment.setId ? link : undefined;
    return { ...fragment, index, linkedSetId };
  });
  fc.assert(
    fc.property(fc.array(fragments, { maxLength: 300 }), (all) => {
      const limits = { openSets: 10, bytes: 30, finishedSets: 20 };
      const reassembler = new Reassembler({ limits });
      for (const fragment of all) {
        reassembler.push(fragment, 0);
        assert(reassembler.openSets <= limits.openSets);
        assert(reassembler.bytes <= limits.bytes);
      }
      reassembler.push({ ...cut("hi")[0]!, setId: 99 }, 31 * MINUTE);
      assertEquals([reassembler.openSets, reassembler.bytes], [0, 0]);
    }),
  );
});

Deno.test("Reassembler looks for stale messages every ten seconds at most", () => {
  const reassembler = new Reassembler();
  reassembler.push(first(1), 0);
  reassembler.push(first(2), 30 * MINUTE - 1);
  reassembler.push(first(3), 30 * MINUTE + 9_998);
  assertEquals(reassembler.counters.stale, 0);
  reassembler.push(first(4), 30 * MINUTE + 9_999);
  assertEquals(reassembler.counters.stale, 1);
});

function bytesOf(outcome: ReassemblyOutcome): Uint8Array | undefined {
  return outcome.kind === "message" ? outcome.bytes : undefined;
}

/** Send messages through together, their fragments shuffled and a third of them twice. */
function check(
  messages: Uint8Array[],
  packetSize: DataPacketSizeName,
  random: RandomSource,
): void {
  const ids = new Map<number, number>();
  const fragments = messages.flatMap((message, i) => {
    const fragments = split([message], { packetSize, random });
    for (const { setId } of fragments) ids.set(setId, i);
    return fragments;
  });
  const repeated = fragments.filter(() => randomIndex(random, 3) === 0);
  const reassembler = new Reassembler();
  const results = new Map<number, Uint8Array>();
  for (const fragment of shuffled([...fragments, ...repeated], random)) {
    const result = reassembler.push(
      decodeFragment(encodeFragment(fragment)),
      0,
    );
    if (result.kind !== "message") continue;
    const i = ids.get(result.setIds[0]!)!;
    assert(!results.has(i));
    results.set(i, result.bytes);
  }
  messages.forEach((message, i) => assertEquals(results.get(i), message));
  const { duplicates, late } = reassembler.counters;
  assertEquals(duplicates + late, repeated.length);
  assertEquals([reassembler.openSets, reassembler.bytes], [0, 0]);
}

function shuffled<T>(items: T[], random: RandomSource): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomIndex(random, i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

function cut(text: string): Fragment[] {
  return cutBytes(new TextEncoder().encode(text));
}

function cutBytes(bytes: Uint8Array): Fragment[] {
  return split([bytes], {
    packetSize: "regular",
    random: seededRandom(256 * bytes.length + (bytes[0] ?? 0)),
  });
}

/** The first of many fragments of a set. */
function first(setId: number): Fragment {
  return {
    setId,
    total: 255,
    index: 1,
    linkedSetId: undefined,
    payload: new Uint8Array(1604),
  };
}

function wholeSet(
  setId: number,
  previous: number | undefined,
  next: number | undefined,
): Fragment[] {
  return Array.from({ length: 255 }, (_, i) => ({
    setId,
    total: 255,
    index: i + 1,
    linkedSetId: i === 0 ? previous : i === 254 ? next : undefined,
    payload: Uint8Array.of(1),
  }));
}
