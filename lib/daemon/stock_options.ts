import type { Dialect } from "../wire/native/dialect.ts";

/**
 * What the stock listener speaks: a dialect of native clients, or `docs`, which is dialect a as its old documents promise it: a
 * `send` is confirmed, and nothing is pushed between a program's first words and our answer.
 */
export type StockDialect = Dialect | "docs";

/** The dialect of frames in a way of speaking. */
export function frameDialect(dialect: StockDialect): Dialect {
  return dialect === "docs" ? "a" : dialect;
}

/**
 * What a connection wants of what arrives, chosen by `?receive=` in its URL: everything, which is the default, or once it has
 * asked who the client is and asks for more; a share of it, with others that name the same `&group=`; or nothing.
 */
export type Receive =
  | { readonly kind: "all" }
  | { readonly kind: "asked" }
  | { readonly kind: "shared"; readonly group: string }
  | { readonly kind: "none" };

/** Read what a connection wants; says what is wrong with it otherwise. */
export function receiveOf(url: URL): Receive | string {
  const choice = url.searchParams.get("receive") ?? "all";
  switch (choice) {
    case "all":
    case "asked":
    case "none":
      return { kind: choice };
    case "shared":
      return {
        kind: choice,
        group: url.searchParams.get("group") ?? "default",
      };
    default:
      return "receive must be all, asked, shared or none";
  }
}
