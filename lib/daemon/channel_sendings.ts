import { type Clock, sleep } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import { Waiters } from "../async/waiters.ts";
import { ConnectionError, EXIT, NymError } from "../errors.ts";
import { type Mailbox, type Sending, STAGES } from "../mailbox/mailbox.ts";
import { channelErrorOf } from "../wire/channel/channel_error.ts";
import type { ChannelReply } from "../wire/channel/reply.ts";
import type { ChannelRequest } from "../wire/channel/request.ts";
import { MAX_SENDINGS } from "../wire/channel/version.ts";

/** While messages of more bytes than this wait for room in the client, no more requests are read. */
const MAX_UNQUEUED = 64 * 1024 * 1024;

/** How often progress is told at most, in milliseconds. */
const PROGRESS_EVERY = 1000;

interface UnderWay {
  /** Takes the message back while the client has not taken it on. */
  readonly cancel: AbortController;
  sending: Sending | undefined;
  progress: number;
}

/** What {@linkcode ChannelSendings} works with. */
export interface ChannelSendingsOptions {
  mailbox: Mailbox;
  clock: Clock;
  /** Tells the program. */
  say: (reply: ChannelReply) => void;
  /** Hears when a message is over. */
  onSettled: () => void;
  /** Fires when the program has gone: nobody is left to be told of stages. */
  gone: AbortSignal;
  /** Gives up on messages that wait for room. */
  stop: AbortSignal;
  onFailure: (reason: unknown) => void;
}

/** The messages that one program sends over our channel, from the request to the last stage. */
export class ChannelSendings {
  readonly #options: ChannelSendingsOptions;
  readonly #tasks: TaskSet;
  readonly #underWay = new Map<number, UnderWay>();
  readonly #room = new Waiters();
  /** Fires with `stop`, with a reason that programs can be told. */
  readonly #stopping = new AbortController();
  #unqueuedBytes = 0;
  #reporting = false;

  /** None yet. */
  constructor(options: ChannelSendingsOptions) {
    this.#options = options;
    this.#tasks = new TaskSet(options.onFailure);
    const { stop, gone } = options;
    const onStop = () => this.#stopping.abort(stopping());
    if (stop.aborted) onStop();
    else stop.addEventListener("abort", onStop, { once: true, signal: gone });
  }

  /** How many have not reached their last stage. */
  get size(): number {
    return this.#underWay.size;
  }

  /** The packets of these, where the client tells. */
  get packets(): number {
    return this.#underWay.values().reduce(
      (sum, { sending }) => sum + (sending?.packets ?? 0),
      0,
    );
  }

  /** Begin to send; waits while too much waits for room already. */
  async send(request: ChannelRequest & { kind: "send" }): Promise<void> {
    const { id } = request;
    if (this.#underWay.has(id) || this.#underWay.size >= MAX_SENDINGS) {
      const code = this.#underWay.has(id) ? "request" : "tooMany";
      const message = code === "request"
        ? `Cannot send message: request ${id} is under way`
        : `Cannot send message: ${MAX_SENDINGS} are under way`;
      const error = { code, message, hint: null, mayArrive: false } as const;
      return this.#options.say({ kind: "error", id, error });
    }
    const underWay: UnderWay = {
      cancel: new AbortController(),
      sending: undefined,
      progress: 0,
    };
    this.#underWay.set(id, underWay);
    this.#tasks.add(this.#follow(request, underWay));
    while (this.#unqueuedBytes > MAX_UNQUEUED) {
      await this.#room.change(this.#options.stop);
    }
  }

  /** Take a message back, as far as it has not left. */
  async withdraw(
    { id, sending: target }: ChannelRequest & { kind: "withdraw" },
  ): Promise<void> {
    const underWay = this.#underWay.get(target);
    if (underWay?.sending !== undefined) {
      const nothingLeft = await underWay.sending.withdraw();
      this.#options.say({ kind: "withdrawn", id, nothingLeft });
    } else {
      // Whatever is over cannot be taken back any more; what the client has not taken on can, as a whole.
      const nothingLeft = underWay !== undefined;
      underWay?.cancel.abort(withdrawn());
      this.#options.say({ kind: "withdrawn", id, nothingLeft });
    }
  }

  /** Wait until every message is queued at least, and nobody follows any. */
  join(): Promise<void> {
    return this.#tasks.join();
  }

  async #follow(
    request: ChannelRequest & { kind: "send" },
    underWay: UnderWay,
  ): Promise<void> {
    const { say, mailbox, gone } = this.#options;
    const { id } = request;
    try {
      const sending = await this.#queue(request, underWay);
      underWay.sending = sending;
      for (const stage of STAGES) {
        await sending.reached(stage, gone);
        say({
          kind: "stage",
          id,
          stage,
          sending: sending.id,
          packets: sending.packets,
        });
        if (stage === "queued" && sending.progress !== undefined) {
          this.#report();
        }
        if (stage === mailbox.strongestStage) return;
      }
    } catch (error) {
      if (gone.aborted) return;
      if (!(error instanceof NymError)) this.#options.onFailure(error);
      say({ kind: "error", id, error: channelErrorOf(error) });
    } finally {
      this.#underWay.delete(id);
      this.#options.onSettled();
    }
  }

  async #queue(
    { target, body, surbs, senderTag, resendOf }: ChannelRequest & {
      kind: "send";
    },
    { cancel }: UnderWay,
  ): Promise<Sending> {
    const { mailbox } = this.#options;
    this.#unqueuedBytes += body.length;
    try {
      return await mailbox.send({ target, body, surbs, senderTag, resendOf }, {
        signal: AbortSignal.any([cancel.signal, this.#stopping.signal]),
      });
    } finally {
      this.#unqueuedBytes -= body.length;
      this.#room.wake();
    }
  }

  /** Tell of progress now and then, as long as there is something to follow. */
  #report(): void {
    if (this.#reporting) return;
    this.#reporting = true;
    this.#tasks.add(this.#reportAll());
  }

  async #reportAll(): Promise<void> {
    const { clock, gone, say } = this.#options;
    try {
      while (this.#underWay.size > 0) {
        await sleep(clock, PROGRESS_EVERY, gone);
        for (const [id, underWay] of this.#underWay) {
          const progress = underWay.sending?.progress ?? 0;
          if (progress <= underWay.progress) continue;
          underWay.progress = progress;
          say({ kind: "progress", id, progress });
        }
      }
    } catch (error) {
      if (!gone.aborted) throw error;
    } finally {
      this.#reporting = false;
    }
  }
}

function withdrawn(): NymError {
  return new NymError("Cannot send message: it was withdrawn", {
    mayArrive: false,
  });
}

/** What the client may have handed over by then is told by its own error. */
function stopping(): ConnectionError {
  return new ConnectionError("Cannot do that: the client is about to stop", {
    exitCode: EXIT.down,
  });
}
