import { type Clock, systemClock } from "../../lib/async/clock.ts";

/** How a clock runs that several processes share: as the system's for a while, and then it leaves some time out. */
export interface Hops {
  /** When it shows zero, in milliseconds since 1970. */
  readonly start: number;
  /** How long it runs before each hop, in milliseconds. */
  readonly run: number;
  /** How much it leaves out then, in milliseconds. */
  readonly hop: number;
}

/**
 * A clock for days that take minutes. Between its hops everything takes the time that it takes; at a hop it is as if the
 * machine had slept: whatever was due meanwhile is due at once.
 */
export function hoppingClock(hops: Hops): Clock {
  const { start, run, hop } = hops;
  const since = () => performance.timeOrigin + systemClock.now() - start;
  const now = () => {
    const real = since();
    return real + Math.max(0, Math.floor(real / run)) * hop;
  };
  return {
    now,
    wall: () => Math.floor(start + now()),
    until: (deadline, signal) => {
      const turn = turnOf(deadline, hops);
      const rest = deadline - turn * (run + hop);
      const real = Number.isFinite(turn)
        ? turn * run + Math.min(rest, run)
        : deadline;
      return systemClock.until(systemClock.now() + real - since(), signal);
    },
  };
}

/** How many hops lie before a time of the clock. */
export function turnOf(time: number, { run, hop }: Hops): number {
  return Math.floor(time / (run + hop));
}

/** Read a clock as it is handed to a process; none is the system's. */
export function clockOf(argument: string | undefined): Clock {
  return argument === undefined || argument === ""
    ? systemClock
    : hoppingClock(JSON.parse(argument));
}
