import { AsyncQueue } from "../../lib/async/queue.ts";
import { patient } from "./cli_process.ts";

/** A program as any websocket library makes it, which speaks the text of the local websocket. */
export class WebsocketProgram implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #heard = new AsyncQueue<string>({ capacity: 1000 });
  readonly #closed = Promise.withResolvers<void>();

  /** Take a socket that is about to open. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#heard.offer(String(data));
    });
    socket.addEventListener("close", () => {
      this.#heard.close();
      this.#closed.resolve();
    });
  }

  /** Send text: JSON of an object, or as it is. */
  say(request: Readonly<Record<string, unknown>> | string): void {
    this.#socket.send(
      typeof request === "string" ? request : JSON.stringify(request),
    );
  }

  /** The next thing that the client says. */
  async hear(): Promise<Record<string, unknown>> {
    const text = await patient(
      this.#heard.take(),
      () => new Error("Waited too long for the client to say something"),
    );
    if (text === undefined) throw new Error("The client hung up");
    return JSON.parse(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#closed.promise;
  }
}

/** Connect to a client as a program does. */
export async function talk(url: string): Promise<WebsocketProgram> {
  const socket = new WebSocket(url);
  const opened = new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", (event) => {
      reject(
        new Error(`Cannot connect to ${url}: ${(event as ErrorEvent).message}`),
      );
    }, { once: true });
  });
  const program = new WebsocketProgram(socket);
  await opened;
  return program;
}
