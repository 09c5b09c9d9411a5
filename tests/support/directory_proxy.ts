/** What a directory answers: an answer of its own, or the original one with its JSON changed. */
export type Meddling = (
  path: string,
  original: () => Promise<unknown>,
) => Promise<Response | unknown> | Response | unknown;

/** A directory that answers what another one answers, unless somebody meddles. */
export class DirectoryProxy implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #end = new AbortController();

  /** Stand before the directory at `apiUrl`. */
  constructor(apiUrl: string, meddle: Meddling) {
    this.#server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        onListen: () => {},
        signal: this.#end.signal,
      },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        const path = pathname.replace(/^\/api\//, "");
        const original = async (): Promise<unknown> => {
          const response = await fetch(`${apiUrl}${path}${search}`);
          return await response.json();
        };
        const answer = await meddle(path, original);
        return answer instanceof Response ? answer : Response.json(answer);
      },
    );
  }

  /** What clients are given. */
  get apiUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/api/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // At once, whatever is under way.
    this.#end.abort();
    await this.#server.finished;
  }
}
