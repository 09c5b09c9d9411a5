import { assert, assertEquals } from "@std/assert";
import { runCoverStream } from "../../lib/client/cover_stream.ts";
import { SendLoop } from "../../lib/client/send_loop.ts";
import { Workshop } from "../../lib/client/workshop.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ksOneSample, ksTwoSample } from "../support/kolmogorov_smirnov.ts";
import { seededRandom } from "../support/seeded_random.ts";

interface TestPacket {
  readonly cover: boolean;
  readonly number: number;
  wanted(): boolean;
}

/** A send loop with everything around it made of plain numbers. */
class Bench {
  readonly clock: FakeClock;
  readonly departures: { at: number; packet: TestPacket }[] = [];
  readonly unwanted = new Set<number>();
  readonly stop = new AbortController();
  readonly workshop: Workshop<TestPacket>;
  readonly loop: SendLoop<TestPacket>;
  readonly exit = {
    open: true,
    waiting: 0,
    refuse: false,
    send: (packet: TestPacket) => {
      if (this.exit.refuse) return false;
      this.departures.push({ at: this.clock.now(), packet });
      return true;
    },
    ready: () => Promise.resolve(),
  };
  /** Real packets that wait. */
  queue = 0;
  built = { real: 0, cover: 0 };

  constructor(
    seed: number,
    { averageDelay = 20, poisson = true, clock = new FakeClock() } = {},
  ) {
    this.clock = clock;
    this.workshop = new Workshop({
      clock: this.clock,
      buildReal: () => this.queue === 0 ? undefined : this.#build("real"),
      buildCover: () => this.#build("cover"),
    });
    this.loop = new SendLoop({
      clock: this.clock,
      random: seededRandom(seed),
      averageDelay,
      poisson,
      workshop: this.workshop,
      exit: this.exit,
      waiting: () => this.queue > 0,
    });
  }

  /** Run for `ms` and come to an end. */
  async run(ms: number, during?: () => Promise<void>): Promise<void> {
    const running = this.loop.run(this.stop.signal);
    await during?.();
    await this.clock.advance(ms);
    this.stop.abort();
    await running;
  }

  gaps(): number[] {
    return this.departures.map(({ at }, i) =>
      at - (i === 0 ? 0 : this.departures[i - 1]!.at)
    );
  }

  #build(kind: "real" | "cover"): TestPacket {
    if (kind === "real") this.queue--;
    const number = this.built[kind]++;
    return {
      cover: kind === "cover",
      number,
      wanted: () => !this.unwanted.has(number),
    };
  }
}

const exponential = (mean: number) => (x: number) => 1 - Math.exp(-x / mean);

Deno.test("SendLoop departures are exponential, idle or busy, and the same", async () => {
  const idle = new Bench(1);
  await idle.run(50_000);
  const busy = new Bench(2);
  busy.queue = Infinity;
  await busy.run(50_000);
  for (const bench of [idle, busy]) {
    assert(bench.departures.length > 2000);
    assert(ksOneSample(bench.gaps(), exponential(20)) > 0.01);
  }
  assert(idle.departures.every(({ packet }) => packet.cover));
  assert(busy.departures.every(({ packet }) => !packet.cover));
  assert(ksTwoSample(idle.gaps(), busy.gaps()) > 0.01);
});

Deno.test("SendLoop slots do not move when data comes", async () => {
  const idle = new Bench(3);
  await idle.run(5000);
  const mixed = new Bench(3);
  await mixed.run(0, async () => {
    for (let i = 0; i < 50; i++) {
      await mixed.clock.advance(100);
      mixed.queue += i < 45 ? 1 : 0;
      mixed.loop.arrived();
    }
  });
  assertEquals(
    mixed.departures.map(({ at }) => at),
    idle.departures.map(({ at }) => at),
  );
  assertEquals(
    mixed.departures.filter(({ packet }) => !packet.cover).length,
    45,
  );
});

/** One whose timers end at whole multiples of five milliseconds. */
class CoarseClock extends FakeClock {
  override until(deadline: number, signal?: AbortSignal): Promise<void> {
    return super.until(Math.ceil(deadline / 5) * 5, signal);
  }

  readonly exactly = super.until.bind(this);
}

Deno.test("SendLoop packets leave at their very moment, however coarse the timers are", async () => {
  const exact = new Bench(3);
  await exact.run(5000);
  const coarse = new Bench(3, { clock: new CoarseClock() });
  await coarse.run(5000);
  assertEquals(
    coarse.departures.slice(0, 200).map(({ at }) => at),
    exact.departures.slice(0, 200).map(({ at }) => at),
  );
});

Deno.test("SendLoop sends real packets in order, before cover", async () => {
  const bench = new Bench(4);
  bench.queue = 10;
  await bench.run(2000);
  const kinds = bench.departures.map(({ packet }) => packet.cover);
  assert(kinds.slice(0, 10).every((cover) => !cover));
  assert(kinds.slice(10).every((cover) => cover));
  assertEquals(
    bench.departures.slice(0, 10).map(({ packet }) => packet.number),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

Deno.test("SendLoop leaves out packets that nobody wants any more", async () => {
  const bench = new Bench(5);
  bench.queue = 5;
  bench.unwanted.add(1).add(2);
  await bench.run(1000);
  const real = bench.departures.filter(({ packet }) => !packet.cover);
  assertEquals(real.map(({ packet }) => packet.number), [0, 3, 4]);
});

Deno.test("SendLoop keeps real packets while the exit is closed or refuses", async () => {
  const bench = new Bench(6);
  bench.queue = 3;
  bench.exit.open = false;
  await bench.run(0, async () => {
    await bench.clock.advance(500);
    assertEquals(bench.departures, []);
    bench.exit.open = true;
    bench.exit.refuse = true;
    await bench.clock.advance(500);
    assertEquals(bench.departures, []);
    bench.exit.refuse = false;
    await bench.clock.advance(500);
  });
  const real = bench.departures.filter(({ packet }) => !packet.cover);
  assertEquals(real.map(({ packet }) => packet.number), [0, 1, 2]);
});

Deno.test("SendLoop slows down six times while the connection is full, and recovers", async () => {
  const bench = new Bench(7);
  await bench.run(0, async () => {
    bench.exit.waiting = 32;
    await bench.clock.advance(10_000);
    assertEquals(bench.loop.multiplier, 6);
    assertEquals(bench.departures.length, 0);
    bench.exit.waiting = 11;
    await bench.clock.advance(10_000);
    assertEquals(bench.loop.multiplier, 6);
    bench.exit.waiting = 0;
    await bench.clock.advance(20_000);
    assertEquals(bench.loop.multiplier, 1);
  });
});

Deno.test("SendLoop makes up for a short standstill", async () => {
  const steady = new Bench(3);
  await steady.run(5000);
  const shaken = new Bench(3);
  await shaken.run(0, async () => {
    for (let i = 0; i < 50; i++) {
      await shaken.clock.advance(40);
      shaken.clock.jump(60);
    }
    await shaken.clock.advance(0);
  });
  assertEquals(shaken.departures.length, steady.departures.length);
});

Deno.test("SendLoop does not make up for a long standstill", async () => {
  const bench = new Bench(8);
  const running = bench.loop.run(bench.stop.signal);
  await bench.clock.advance(100);
  const before = bench.departures.length;
  bench.clock.jump(60_000);
  await bench.clock.advance(0);
  bench.stop.abort();
  await running;
  const burst = bench.departures.length - before;
  // One whose time had come before the standstill.
  assertEquals(burst, 1);
});

Deno.test("SendLoop without Poisson sends at once and nothing else", async () => {
  const bench = new Bench(9, { poisson: false });
  bench.queue = 2;
  await bench.run(0, async () => {
    await bench.clock.advance(1);
    assertEquals(bench.departures.length, 2);
    await bench.clock.advance(1000);
    bench.queue = 1;
    bench.loop.arrived();
    await bench.clock.advance(1);
  });
  assertEquals(bench.built.cover, 0);
  assertEquals(bench.departures.map(({ at }) => at), [0, 0, 1001]);
});

Deno.test("SendLoop without Poisson ends, whatever it does when it is told to", async () => {
  const bench = new Bench(9, { poisson: false });
  // It is waiting for room to send at that moment, and gets it.
  const room = Promise.withResolvers<void>();
  bench.exit.ready = () => room.promise;
  const running = bench.loop.run(bench.stop.signal);
  bench.stop.abort();
  room.resolve();
  await running;
  assertEquals(bench.departures, []);
});

Deno.test("runCoverStream() sends exponential cover of its own, and leaves it out when full", async () => {
  const bench = new Bench(10);
  const running = runCoverStream({
    clock: bench.clock,
    random: seededRandom(11),
    averageDelay: 200,
    workshop: bench.workshop,
    exit: bench.exit,
  }, bench.stop.signal);
  await bench.clock.advance(200_000);
  assert(bench.departures.length > 900);
  assert(ksOneSample(bench.gaps(), exponential(200)) > 0.01);
  const sent = bench.departures.length;
  bench.exit.waiting = 32;
  await bench.clock.advance(10_000);
  assertEquals(bench.departures.length, sent);
  bench.stop.abort();
  await running;
});
