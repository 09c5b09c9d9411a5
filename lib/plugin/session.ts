import { type Clock, sleep } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import { DecodeError } from "../errors.ts";
import type { JsonValue, PluginOptions } from "./api.ts";
import { decodeFromPlugin } from "./decode.ts";
import { LIMITS } from "./limits.ts";
import type { PluginPort } from "./port.ts";
import type {
  DecodedVerdict,
  FromPlugin,
  Hook,
  MessageHook,
  PluginRequest,
  ToldError,
  ToldMessage,
  ToPlugin,
} from "./protocol.ts";
import { Rate } from "./rate.ts";

/** A plugin has come to its end without being asked to: `message` says how, as words that follow its name. */
export class PluginCrash extends Error {
  override name = "PluginCrash";
  /** Whether it was ended because it took too long. */
  readonly wasLate: boolean;

  /** Say how, and whether it took too long. */
  constructor(message: string, { wasLate }: { wasLate: boolean }) {
    super(message);
    this.wasLate = wasLate;
  }
}

/** A hook threw, or returned what is no verdict. The plugin itself goes on. */
export class HookFailure extends Error {
  override name = "HookFailure";
  /** As the plugin tells it. */
  readonly told: ToldError;

  /** Keep what the plugin told. */
  constructor(told: ToldError) {
    super(told.message);
    this.told = told;
  }
}

/** What a module says when it is loaded. */
export type Loaded = Extract<FromPlugin, { kind: "loaded" }>;

/** Does what a plugin asks for. */
export type HandleRequest = (request: PluginRequest) => Promise<JsonValue>;

/** Requests that are taken at once, and in a second in the long run: then the plugin has to wait. */
const REQUEST_RATE = { burst: 5000, perSecond: 2000 } as const;

/** Requests that change nothing. */
const TRACELESS: readonly PluginRequest["op"][] = [
  "log",
  "address",
  "get",
  "keys",
];

/** Options of {@linkcode PluginSession}. */
export interface SessionOptions {
  readonly port: PluginPort;
  readonly clock: Clock;
  readonly handle: HandleRequest;
}

/** One life of a plugin, from its loading to its end: calls to its hooks, and its requests to us. */
export class PluginSession implements AsyncDisposable {
  readonly #port: PluginPort;
  readonly #clock: Clock;
  readonly #handle: HandleRequest;
  readonly #calls = new Map<number, PromiseWithResolvers<DecodedVerdict>>();
  readonly #loaded = Promise.withResolvers<Loaded>();
  readonly #requests = new TaskSet(() => {}); // Each tells its own failure to the plugin.
  readonly #over = new AbortController();
  readonly #reading: Promise<void>;
  #nextId = 1;
  #effects = 0;
  #wasLate = false;

  /** The plugin is being loaded from now on. */
  constructor({ port, clock, handle }: SessionOptions) {
    this.#port = port;
    this.#clock = clock;
    this.#handle = handle;
    this.#loaded.promise.catch(() => {}); // Told by loaded(), if anyone asks.
    this.#reading = this.#read();
  }

  /** Aborts when the plugin has ended, with a {@linkcode PluginCrash}. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** How often it has asked for something that leaves a trace. */
  get effects(): number {
    return this.#effects;
  }

  /**
   * Wait until the module is loaded.
   *
   * @throws {HookFailure} If it cannot be.
   * @throws {PluginCrash} If it ends, or takes too long.
   * @throws The signal's reason.
   */
  loaded(timeout: number, signal?: AbortSignal): Promise<Loaded> {
    return this.#within(this.#loaded.promise, timeout, "load", signal);
  }

  /** Call `start`. Throws as {@linkcode loaded} does. */
  async start(
    options: PluginOptions,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#call((id) => ({ kind: "start", id, options }), timeout, signal);
  }

  /**
   * Call a hook with a message.
   *
   * @throws {HookFailure} If the hook throws or returns nonsense.
   * @throws {PluginCrash} If the plugin ends, or takes too long and is ended for it.
   * @throws The signal's reason.
   */
  call(
    hook: MessageHook,
    message: ToldMessage,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<DecodedVerdict> {
    return this.#call(
      (id) => ({ kind: "call", id, hook, message }),
      timeout,
      signal,
    );
  }

  /** Call `stop`, whatever comes of it, and end the plugin. Returns what went wrong. */
  async stop(hooks: readonly Hook[], timeout: number): Promise<unknown> {
    try {
      if (hooks.includes("stop") && !this.over.aborted) {
        await this.#call((id) => ({ kind: "stop", id }), timeout);
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  /** End the plugin now. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port[Symbol.asyncDispose]();
    await this.#reading;
    await this.#requests.join();
  }

  async #call(
    frame: (id: number) => ToPlugin,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<DecodedVerdict> {
    signal?.throwIfAborted();
    const id = this.#nextId++;
    const call = Promise.withResolvers<DecodedVerdict>();
    this.#calls.set(id, call);
    try {
      void this.#port.send(JSON.stringify(frame(id)));
      return await this.#within(call.promise, timeout, "answer", signal);
    } finally {
      this.#calls.delete(id);
    }
  }

  /** Wait for the plugin, but neither beyond its end nor beyond `timeout`, which is its end. */
  async #within<T>(
    promise: Promise<T>,
    timeout: number,
    what: string,
    signal?: AbortSignal,
  ): Promise<T> {
    const done = new AbortController();
    const stop = signal ? AbortSignal.any([done.signal, signal]) : done.signal;
    const over = this.#over.signal;
    const ended = Promise.withResolvers<never>();
    const onOver = () => ended.reject(over.reason);
    if (over.aborted) onOver();
    else over.addEventListener("abort", onOver, { once: true });
    const late = sleep(this.#clock, timeout, stop).then(() => {
      this.#wasLate = true;
      this.#port.kill(`did not ${what} within ${timeout / 1000} s`);
      return ended.promise;
    });
    late.catch(() => {}); // Only told if it comes first.
    try {
      return await Promise.race([promise, ended.promise, late]);
    } finally {
      over.removeEventListener("abort", onOver);
      done.abort();
    }
  }

  async #read(): Promise<void> {
    const rate = new Rate(this.#clock, REQUEST_RATE);
    try {
      for await (const line of this.#port.lines) {
        const frame = decodeFromPlugin(line);
        if ("problem" in frame || "request" in frame) {
          await rate.wait(this.#over.signal);
        }
        this.#take(frame);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#port.kill(`said nonsense: ${error.message}`);
    }
    const reason = await this.#port.ended;
    const crash = new PluginCrash(reason, { wasLate: this.#wasLate });
    this.#loaded.reject(crash);
    this.#over.abort(crash);
  }

  #take(frame: FromPlugin): void {
    switch (frame.kind) {
      case "loaded":
        return this.#loaded.resolve(frame);
      case "unloadable":
        return this.#loaded.reject(new HookFailure(frame.error));
      case "result":
        return this.#calls.get(frame.id)?.resolve(frame.verdict);
      case "failure":
        return this.#calls.get(frame.id)?.reject(new HookFailure(frame.error));
      case "exit":
        return this.#port.kill("ended itself");
      case "request":
        return this.#request(frame.id, frame.request);
      case "malformed":
        return void this.#answer({
          kind: "refusal",
          id: frame.id,
          message: frame.problem,
        });
      default:
        return frame satisfies never;
    }
  }

  #request(id: number, request: PluginRequest): void {
    if (this.#requests.size >= LIMITS.requests) {
      const message = `Cannot do more than ${LIMITS.requests} things at a time`;
      void this.#answer({ kind: "refusal", id, message });
      return;
    }
    if (!TRACELESS.includes(request.op)) this.#effects++;
    this.#requests.add(this.#serve(id, request));
  }

  async #serve(id: number, request: PluginRequest): Promise<void> {
    try {
      const value = await this.#handle(request);
      if (id !== 0) await this.#answer({ kind: "answer", id, value });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (id !== 0) await this.#answer({ kind: "refusal", id, message });
    }
  }

  #answer(frame: ToPlugin): Promise<void> {
    return this.#port.send(JSON.stringify(frame));
  }
}
