import { AsyncQueue } from "../../lib/async/queue.ts";

/** What an official client is started with. */
export interface OfficialClientSettings {
  /** Names its storage, which lives as long as its process. */
  readonly id: string;
  /** Where the directory is. */
  readonly apiUrl: string;
  /** The gateway to register with, in base58; any if none. */
  readonly gateway?: string | undefined;
  /** Whether it sends cover traffic. @default false */
  readonly cover?: boolean | undefined;
  /** More settings of its traffic, with the official names. */
  readonly traffic?: Readonly<Record<string, unknown>> | undefined;
  /** More settings of its acknowledgements, with the official names. */
  readonly acknowledgements?: Readonly<Record<string, unknown>> | undefined;
}

/** What its process is told. Bodies are base64. */
export type OfficialClientCommand =
  | {
    readonly command: "send";
    readonly to: string;
    readonly body: string;
    readonly surbs: number;
  }
  | {
    readonly command: "reply";
    readonly senderTag: string;
    readonly body: string;
  }
  | { readonly command: "stop" };

/** What its process tells. */
export type OfficialClientEvent =
  | { readonly event: "ready"; readonly address: string }
  | { readonly event: "sent" }
  | {
    readonly event: "message";
    readonly body: string;
    readonly senderTag: string | null;
  }
  | { readonly event: "error"; readonly message: string };

/** A message that an official client received. */
export interface OfficialMessage {
  readonly body: Uint8Array;
  /** How its sender is answered, in base58; null if it cannot be. */
  readonly senderTag: string | null;
}

/** An official client in a process of its own, which ends when this is disposed of. */
export class OfficialClient implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #commands: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #ready = new AsyncQueue<string>({ capacity: 1 });
  readonly #answers = new AsyncQueue<string>({ capacity: 100 });
  readonly #messages = new AsyncQueue<OfficialMessage>({ capacity: 10_000 });
  readonly #reading: Promise<void>;
  #address = "";

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#commands = process.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Start one: it asks the directory, registers with its gateway and is connected. */
  static async start(
    settings: OfficialClientSettings,
  ): Promise<OfficialClient> {
    const client = new OfficialClient(
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--allow-net=127.0.0.1",
          "--allow-read",
          "--allow-env",
          new URL("./official_client_process.ts", import.meta.url).pathname,
          JSON.stringify(settings),
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
    const address = await client.#ready.take();
    if (address === undefined) {
      const why = await client.#answers.take();
      await client[Symbol.asyncDispose]();
      throw new Error(`Cannot start the official client: ${why}`);
    }
    client.#address = address;
    return client;
  }

  /** Its process, for those who measure it. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Its address, as text. */
  get address(): string {
    return this.#address;
  }

  /** Send a message, with reply blocks if it is to be answered; resolves when the client has taken it. */
  async send(to: string, body: Uint8Array, surbs = 0): Promise<void> {
    await this.#do({ command: "send", to, body: body.toBase64(), surbs });
  }

  /** Answer an anonymous sender. */
  async reply(senderTag: string, body: Uint8Array): Promise<void> {
    await this.#do({ command: "reply", senderTag, body: body.toBase64() });
  }

  /** The next message that arrives. */
  async receive(signal?: AbortSignal): Promise<OfficialMessage> {
    const message = await this.#messages.take(signal);
    if (message !== undefined) return message;
    throw new Error("Cannot receive: the official client has ended");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#write({ command: "stop" });
      await this.#commands.close();
    } catch {
      // It has ended by itself.
    }
    await this.#reading;
    await this.#process.status;
  }

  async #do(command: OfficialClientCommand): Promise<void> {
    await this.#write(command);
    const failure = await this.#answers.take();
    if (failure !== "") {
      throw new Error(`Cannot ${command.command}: ${failure}`);
    }
  }

  async #write(command: OfficialClientCommand): Promise<void> {
    const line = `${JSON.stringify(command)}\n`;
    await this.#commands.write(new TextEncoder().encode(line));
  }

  async #read(): Promise<void> {
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    let rest = "";
    for await (const chunk of text) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        // The library writes its log to stdout as well.
        if (line.startsWith('{"event":')) this.#heard(JSON.parse(line));
      }
    }
    this.#ready.close();
    this.#answers.close();
    this.#messages.close();
  }

  #heard(event: OfficialClientEvent): void {
    switch (event.event) {
      case "ready":
        return void this.#ready.offer(event.address);
      case "sent":
        return void this.#answers.offer("");
      case "error":
        return void this.#answers.offer(event.message);
      case "message": {
        const body = Uint8Array.fromBase64(event.body);
        const { senderTag } = event;
        return void this.#messages.offer({ body, senderTag });
      }
    }
  }
}
