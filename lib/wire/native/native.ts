import type { Bytes } from "../../bytes/brand.ts";
import {
  type DecodeTextOptions,
  decodeTextRequest,
} from "./decode_text_request.ts";
import type { Dialect } from "./dialect.ts";
import { encodeTextRequest } from "./encode_text_request.ts";
import type { NativeRequest } from "./request.ts";
import { decodeBinaryRequest, encodeBinaryRequest } from "./request_binary.ts";
import type { NativeResponse } from "./response.ts";
import {
  decodeBinaryResponse,
  encodeBinaryResponse,
} from "./response_binary.ts";
import { decodeTextResponse, encodeTextResponse } from "./response_text.ts";

/** In which kind of frame something travels: JSON in text frames, or bytes. */
export type Mode = "text" | "binary";

/** The mode of a frame that arrived. */
export function modeOf(frame: string | Uint8Array): Mode {
  return typeof frame === "string" ? "text" : "binary";
}

/**
 * Write a request.
 *
 * @throws {RangeError} If the dialect has no such request in this mode.
 */
export function encodeRequest(
  request: NativeRequest,
  dialect: Dialect,
  mode: Mode,
): string | Bytes {
  return mode === "text"
    ? encodeTextRequest(request, dialect)
    : encodeBinaryRequest(request, dialect);
}

/**
 * Read a request.
 *
 * @throws {NativeError} With the kind and the words that a native client of this dialect answers with.
 */
export function decodeRequest(
  frame: string | Uint8Array,
  dialect: Dialect,
  options?: DecodeTextOptions,
): NativeRequest {
  return typeof frame === "string"
    ? decodeTextRequest(frame, dialect, options)
    : decodeBinaryRequest(frame, dialect);
}

/** Write a response. */
export function encodeResponse(
  response: NativeResponse,
  dialect: Dialect,
  mode: Mode,
): string | Bytes {
  return mode === "text"
    ? encodeTextResponse(response, dialect)
    : encodeBinaryResponse(response, dialect);
}

/**
 * Read a response in either mode and any dialect; `dialect`, where it is known, helps with what is ambiguous.
 *
 * @throws {NativeError} With one of the kinds that are for responses.
 */
export function decodeResponse(
  frame: string | Uint8Array,
  dialect?: Dialect,
): NativeResponse {
  return typeof frame === "string"
    ? decodeTextResponse(frame)
    : decodeBinaryResponse(frame, dialect);
}
