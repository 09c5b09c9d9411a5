import { type Clock, systemClock } from "../../lib/async/clock.ts";

/** How a clock runs that several processes share: as fast as the system's unless told otherwise. */
export interface ClockScale {
  /** How many times as fast as the system's. */
  readonly factor: number;
  /** When both clocks showed the same, in milliseconds since 1970. */
  readonly start: number;
}

/** A clock for days that take minutes. */
export function scaledClock({ factor, start }: ClockScale): Clock {
  return {
    now: () => systemClock.now() * factor,
    wall: () => start + (systemClock.wall() - start) * factor,
    until: (deadline, signal) => systemClock.until(deadline / factor, signal),
  };
}

/** Read a scale as it is handed to a process; none is the system's. */
export function clockOf(argument: string | undefined): Clock {
  return argument === undefined || argument === ""
    ? systemClock
    : scaledClock(JSON.parse(argument));
}
