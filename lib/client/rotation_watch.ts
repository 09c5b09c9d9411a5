import type { Clock } from "../async/clock.ts";
import { rotationOfId } from "../message/key_rotation.ts";
import {
  epochStart,
  isEpochStuck,
  rotationOfEpoch,
} from "../topology/rotation_schedule.ts";
import type { NetworkState } from "./directory.ts";
import type { RotationView } from "./surb_stock.ts";

/** Options of {@linkcode RotationWatch}. */
export interface RotationWatchOptions {
  clock: Clock;
  /** The nodes have got new keys. */
  onRotated: () => void;
  /** Reply blocks can be judged by this. */
  onView: (view: RotationView) => void;
}

/** Tells from one state of the network to the next whether the keys of its nodes have rotated. */
export class RotationWatch {
  readonly #options: RotationWatchOptions;
  #rotationId: number | undefined;
  #changedAt = -Infinity;

  /** No state is known at first. */
  constructor(options: RotationWatchOptions) {
    this.#options = options;
  }

  /** Look at a new state. One that does not advance as planned says nothing. */
  observe({ topology, keyRotation }: NetworkState): void {
    const { clock, onRotated, onView } = this.#options;
    const before = this.#rotationId;
    this.#rotationId = topology.rotationId;
    if (before !== undefined && before !== topology.rotationId) {
      this.#changedAt = clock.wall();
      onRotated();
    }
    if (keyRotation === undefined || isEpochStuck(topology, keyRotation)) {
      return;
    }
    const { startingEpoch } = rotationOfEpoch(topology.epochId, keyRotation);
    onView({
      rotation: rotationOfId(topology.rotationId),
      startedAt: Math.max(
        epochStart(startingEpoch, keyRotation),
        this.#changedAt,
      ),
      epoch: keyRotation.epochDuration,
    });
  }
}
