import type { Clock } from "../../async/clock.ts";
import { TaskSet } from "../../async/tasks.ts";
import { PluginError, UsageError } from "../../errors.ts";
import type { JsonValue } from "../api.ts";
import { covers, type Grant } from "../grant.ts";
import type { PluginMailbox } from "../mailbox.ts";
import { printable } from "../printable.ts";
import type { PluginRequest } from "../protocol.ts";
import { Rate } from "../rate.ts";
import { type Fetch, fetchFor } from "./fetch.ts";
import type { Store } from "./store.ts";

/** How loud a line of the log is. */
export type LogLevel = "debug" | "info" | "warn";

/** A line of the log of a plugin; the text is safe to show. */
export interface PluginLogLine {
  readonly plugin: string;
  readonly level: LogLevel;
  readonly text: string;
}

/** Lines that a plugin can log at once, and in a second in the long run. */
const LOG_RATE = { burst: 100, perSecond: 20 } as const;

/** Messages that a plugin can send at once, and in a second in the long run. */
const SEND_RATE = { burst: 200, perSecond: 20 } as const;

/** Messages on their way that are waited for at the end; with more of them, sending waits. */
const MAX_LEAVING = 256;

/** What a plugin's requests are answered from. */
export interface ServicesOptions {
  readonly name: string;
  readonly clock: Clock;
  /** The client of the moment; none while there is none. */
  mailbox(): PluginMailbox | undefined;
  /** Opened when it is first asked for. */
  openStore(): Promise<Store>;
  readonly fetch: Fetch;
  onLog(line: PluginLogLine): void;
}

/** Does what a plugin asks for, within its grants and bounds. It outlives the plugin's process. */
export class Services implements AsyncDisposable {
  readonly #options: ServicesOptions;
  readonly #logs: Rate;
  readonly #sends: Rate;
  readonly #leaving: TaskSet;
  readonly #abort = new AbortController();
  #store: Promise<Store> | undefined;
  #unlogged = 0;

  /** Nothing is opened yet. */
  constructor(options: ServicesOptions) {
    this.#options = options;
    this.#logs = new Rate(options.clock, LOG_RATE);
    this.#sends = new Rate(options.clock, SEND_RATE);
    this.#leaving = new TaskSet((error) =>
      this.log("warn", `a message has not left: ${(error as Error).message}`)
    );
  }

  /** Log a line, unless there are too many. */
  log(level: LogLevel, text: string): void {
    if (!this.#logs.take()) {
      this.#unlogged++;
      return;
    }
    const { name, onLog } = this.#options;
    if (this.#unlogged > 0) {
      const text = `${this.#unlogged} lines left out`;
      onLog({ plugin: name, level: "warn", text });
      this.#unlogged = 0;
    }
    onLog({ plugin: name, level, text: printable(text) });
  }

  /**
   * Do what is asked for.
   *
   * @throws {NymError} Why not, in words for the plugin.
   */
  async handle(
    request: PluginRequest,
    grants: readonly Grant[],
  ): Promise<JsonValue> {
    switch (request.op) {
      case "log":
        this.log(request.level, request.text);
        return null;
      case "address":
        return this.#mailbox("tell the address").address;
      case "reply":
        await this.#send({
          replyTo: request.senderTag,
          body: request.body,
        });
        return null;
      case "send":
        this.#checkRecipient(request.to, grants);
        await this.#send(request);
        return null;
      case "get":
        return (await this.#openStore()).get(request.key) ?? null;
      case "set":
        (await this.#openStore()).set(request.key, request.value);
        return null;
      case "delete":
        return (await this.#openStore()).delete(request.key);
      case "keys":
        return (await this.#openStore()).keys(request.prefix, request.after);
      case "fetch": {
        const { name, fetch } = this.#options;
        const { signal } = this.#abort;
        return await fetchFor(request, { name, grants, fetch, signal });
      }
      default:
        return request satisfies never;
    }
  }

  /** Wait until what was sent has left, until `signal`; then let go of everything. */
  async close(signal?: AbortSignal): Promise<void> {
    const giveUp = () => this.#abort.abort(signal?.reason);
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp, { once: true });
    await this.#leaving.join();
    signal?.removeEventListener("abort", giveUp);
    this.#abort.abort(new PluginError("The plugin has ended"));
    await this.#store?.then(
      (store) => store[Symbol.dispose](),
      () => {}, // Whoever asked for the store was told.
    );
    this.#store = undefined;
  }

  /** Let go of everything at once. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close(AbortSignal.abort());
  }

  async #send(
    message: Parameters<PluginMailbox["send"]>[0],
  ): Promise<void> {
    const { signal } = this.#abort;
    const mailbox = this.#mailbox("send");
    await this.#sends.wait(signal);
    if (this.#leaving.size >= MAX_LEAVING) await this.#leaving.join();
    const { left } = await mailbox.send(message, signal);
    this.#leaving.add(left);
  }

  #mailbox(what: string): PluginMailbox {
    const mailbox = this.#options.mailbox();
    if (mailbox) return mailbox;
    throw new UsageError(`Cannot ${what}: there is no client at the moment`);
  }

  #checkRecipient(to: string, grants: readonly Grant[]): void {
    const needed: Grant = { kind: "send", value: to };
    if (grants.some((granted) => covers(granted, needed))) return;
    const { name } = this.#options;
    throw new UsageError(
      `Cannot send to this address: not granted, add --grant ${name}.send=any`,
    );
  }

  #openStore(): Promise<Store> {
    return this.#store ??= this.#options.openStore();
  }
}
