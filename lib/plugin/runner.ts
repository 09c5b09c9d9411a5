import { abortable } from "../async/abortable.ts";
import { PluginError } from "../errors.ts";
import { CrashCounter } from "./crash_counter.ts";
import { failureText } from "./failure_text.ts";
import type { Host } from "./host.ts";
import { join } from "../home/paths.ts";
import { launch, type Life } from "./launch.ts";
import { LIMITS } from "./limits.ts";
import type { CheckedMeta } from "./meta.ts";
import { hookFailed, pluginFailed } from "./plugin_fault.ts";
import type {
  DecodedVerdict,
  Hook,
  MessageHook,
  ToldMessage,
} from "./protocol.ts";
import { Services } from "./services/services.ts";
import { openStore } from "./services/store.ts";
import { HookFailure, PluginCrash } from "./session.ts";
import type { PluginSpec } from "./spec.ts";
import { Turns } from "./turns.ts";

/** How long a plugin may take for a message unless the user says otherwise, in milliseconds. */
const DEFAULT_TIMEOUT = 30_000;

/** Grants whose use leaves traces that we do not see: a message is not tried a second time. */
const BLIND: readonly string[] = ["write", "run"];

/**
 * Keeps one plugin running: starts it again when it crashes, until it does so too often; calls its hooks one at a time; lets
 * an edited file take the place of the old one once it has started.
 */
export class PluginRunner implements AsyncDisposable {
  readonly spec: PluginSpec;
  readonly #host: Host;
  readonly #services: Services;
  readonly #crashes: CrashCounter;
  readonly #turns = new Turns();
  /** Aborts when it is closed: nothing is started any more. */
  readonly #ending = new AbortController();
  /** The one that runs; none after a crash. */
  #life: Life | undefined;
  /** The one that ran last. */
  #last!: Life;
  #starting: Promise<Life> | undefined;
  /** What was said last about what to do. */
  #advice: string | undefined;

  private constructor(spec: PluginSpec, host: Host) {
    this.spec = spec;
    this.#host = host;
    this.#crashes = new CrashCounter(host.clock);
    const { name } = spec;
    const folder = host.storeFolder && join(host.storeFolder, name);
    this.#services = new Services({
      name,
      clock: host.clock,
      mailbox: () => host.mailbox(),
      openStore: () => openStore(folder, { keep: host.keepStore }),
      fetch: host.fetch,
      onLog: (line) => host.onLog(line),
    });
  }

  /**
   * Start a plugin.
   *
   * @throws {PluginError} If it cannot be used: with the file, the place and what to do.
   * @throws {UsageError} If the user grants what must not be granted.
   * @throws The signal's reason.
   */
  static async open(
    spec: PluginSpec,
    host: Host,
    signal?: AbortSignal,
  ): Promise<PluginRunner> {
    const runner = new PluginRunner(spec, host);
    try {
      runner.#adopt(await runner.#launch(signal));
      return runner;
    } catch (error) {
      await runner.#services[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the user calls it. */
  get name(): string {
    return this.spec.name;
  }

  /** The full path of its file. */
  get file(): string {
    return this.#last.path;
  }

  /** What it says of itself; of its last life while it has none. */
  get meta(): CheckedMeta {
    return this.#last.meta;
  }

  /** The hooks that it has. */
  get hooks(): readonly Hook[] {
    return this.#last.hooks;
  }

  /** Whether it has crashed too often and is no longer called. */
  get isDisabled(): boolean {
    return this.#crashes.tripped;
  }

  /** Say something of the plugin that matters. */
  warn(text: string): void {
    this.#services.log("warn", text);
  }

  /** Say why it could not handle a message, and what comes of that; what to do about it is said once. */
  complain({ message, hint }: PluginError, then = ""): void {
    this.warn(`${message}${then}`);
    if (hint !== undefined && hint !== this.#advice) this.info(`hint: ${hint}`);
    this.#advice = hint;
  }

  /** Say what the plugin does. */
  info(text: string): void {
    this.#services.log("info", text);
  }

  /**
   * Call a hook with a message, after the calls before it.
   *
   * @throws {PluginError} If it cannot handle the message.
   * @throws The signal's reason.
   */
  call(
    hook: MessageHook,
    message: ToldMessage,
    signal?: AbortSignal,
  ): Promise<DecodedVerdict> {
    return this.#turns.take(() => this.#call(hook, message, signal));
  }

  /** Take the file anew. What goes wrong is logged, and the one that runs goes on. Returns whether the new one runs. */
  async reload(): Promise<boolean> {
    let life: Life;
    try {
      life = await this.#launch(this.#ending.signal);
    } catch (error) {
      if (this.#isClosed) return false;
      this.warn(`${(error as Error).message}; the old one goes on`);
      return false;
    }
    return await this.#turns.take(async () => {
      if (this.#isClosed) {
        await life.session[Symbol.asyncDispose]();
        return false;
      }
      const old = this.#life;
      this.#adopt(life);
      this.#crashes.reset();
      if (old) await this.#stop(old);
      this.#services.log("info", "was loaded anew");
      return true;
    });
  }

  /** Call `stop`, wait until what it sent has left, but not beyond `signal`, and end it. */
  async close(signal?: AbortSignal): Promise<void> {
    if (this.#isClosed) return;
    this.#ending.abort(pluginFailed(this.spec, "has ended"));
    const life = await this.#starting?.catch(() => undefined) ?? this.#life;
    this.#life = undefined;
    if (life) await this.#stop(life);
    await this.#services.close(signal);
  }

  /** End it at once. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close(AbortSignal.abort());
  }

  async #call(
    hook: MessageHook,
    message: ToldMessage,
    signal?: AbortSignal,
  ): Promise<DecodedVerdict> {
    const { timeout = DEFAULT_TIMEOUT } = this.spec;
    for (let attempt = 1;; attempt++) {
      const life = await this.#alive(signal);
      const before = life.session.effects;
      try {
        return await life.session.call(hook, message, timeout, signal);
      } catch (error) {
        if (error instanceof HookFailure) throw this.#failed(life, hook, error);
        if (!(error instanceof PluginCrash)) throw error;
        const traceless = life.session.effects === before &&
          !this.spec.trusted &&
          !life.grants.some(({ kind }) => BLIND.includes(kind));
        // Once more only if nothing can have happened yet, so that nothing happens twice.
        if (attempt > 1 || error.wasLate || !traceless) {
          throw pluginFailed(this.spec, error.message, { cause: error });
        }
      }
    }
  }

  get #isClosed(): boolean {
    return this.#ending.signal.aborted;
  }

  /** The plugin as it runs, started again if it has crashed; the signal ends the wait for that. */
  async #alive(signal: AbortSignal | undefined): Promise<Life> {
    if (this.isDisabled) throw pluginFailed(this.spec, "is switched off");
    this.#ending.signal.throwIfAborted();
    if (this.#life) return this.#life;
    try {
      return await abortable(this.#starting ??= this.#restart(), signal);
    } catch (error) {
      if (!(error instanceof PluginError) || this.#isClosed) throw error;
      const { message, hint } = error;
      const problem = `cannot be started again: ${message}`;
      throw pluginFailed(this.spec, problem, { cause: error, hint });
    }
  }

  async #restart(): Promise<Life> {
    try {
      const life = await this.#launch(this.#ending.signal);
      this.#adopt(life);
      return life;
    } catch (error) {
      const then = "the next message tries again";
      if (!this.#isClosed) this.#crashed((error as Error).message, then);
      throw error;
    } finally {
      this.#starting = undefined;
    }
  }

  async #launch(signal?: AbortSignal): Promise<Life> {
    return await launch(this.spec, {
      host: this.#host,
      signal,
      handle: (request, grants) => this.#services.handle(request, grants),
      onStray: (line) => this.#services.log("debug", `prints: ${line}`),
    });
  }

  #adopt(life: Life): void {
    this.#life = this.#last = life;
    const { over } = life.session;
    const onOver = () => {
      if (this.#life !== life) return;
      this.#life = undefined;
      this.#crashed((over.reason as PluginCrash).message);
      // What it does beside messages goes on without waiting for the next one.
      if (!this.isDisabled) {
        this.#starting ??= this.#restart();
        this.#starting.catch(() => {}); // Counted and said.
      }
    };
    if (over.aborted) onOver();
    else over.addEventListener("abort", onOver, { once: true });
  }

  #crashed(reason: string, then = "it is started again"): void {
    const was = this.isDisabled;
    this.#crashes.add();
    const { onError = "keep" } = this.spec;
    if (!this.isDisabled) this.warn(`${reason}; ${then}`);
    else if (!was) {
      this.warn(
        `${reason}; it is switched off after ${LIMITS.crashes} crashes in a minute, messages are handled by --on-error ${onError}`,
      );
    }
  }

  async #stop(life: Life): Promise<void> {
    if (this.#life === life) this.#life = undefined;
    const error = await life.session.stop(life.hooks, LIMITS.stop);
    if (error instanceof HookFailure) {
      this.warn(`stop: ${this.#explain(life, error).problem}`);
    } else if (error instanceof PluginCrash) {
      this.warn(`stop: it ${error.message}`);
    }
  }

  #failed(life: Life, hook: Hook, error: HookFailure): PluginError {
    const { problem, hint } = this.#explain(life, error);
    return hookFailed(this.spec, hook, problem, { hint, cause: error });
  }

  #explain(life: Life, { told }: HookFailure): ReturnType<typeof failureText> {
    return failureText(told, life.url, this.spec.file);
  }
}
