import { DecodeError } from "../../../lib/errors.ts";
import { parseRecipient } from "../../../lib/message/recipient.ts";
import { senderTag } from "../../../lib/message/sender_tag.ts";
import {
  type Dialect,
  DIALECTS,
  hasLanes,
  hasSingleSurbs,
} from "../../../lib/wire/native/dialect.ts";
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from "../../../lib/wire/native/native.ts";
import type { NativeRequest } from "../../../lib/wire/native/request.ts";
import type { NativeResponse } from "../../../lib/wire/native/response.ts";
import { RECIPIENT, replySurb } from "../../wire/native/vectors.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { mutateJson, mutateText } from "../mutate_text.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const BODY = new TextEncoder().encode("foomp");

/** A reply block of one hop: shorter, as its text takes long to read. */
const SURB_SIZE = 16 + 348 + 32 + 192;
const ADDRESS = parseRecipient(RECIPIENT);

/** The local websocket, every dialect and mode, both directions. */
export function nativeTargets(): FuzzTarget[] {
  return DIALECTS.flatMap((dialect) => [
    ...requestTargets(dialect),
    ...responseTargets(dialect),
  ]);
}

function requestTargets(dialect: Dialect): FuzzTarget[] {
  const requests = requestsOf(dialect);
  const frames = requests.map((request) =>
    encodeRequest(request, dialect, "binary")
  ).filter((frame) => typeof frame !== "string");
  const texts = requests.flatMap((request) =>
    hasText(request) ? [`${encodeRequest(request, dialect, "text")}`] : []
  );
  return [
    fuzzTarget({
      name: `native ${dialect}: binary requests`,
      draw: (random) => mutateBytes(random, frames),
      feed: (frame) => decodeRequest(frame, dialect),
      errors: [DecodeError],
    }),
    fuzzTarget({
      name: `native ${dialect}: requests in text`,
      draw: (random) => ({
        text: mutateEither(random, texts),
        strict: random.chance(0.5),
      }),
      feed: ({ text, strict }) => decodeRequest(text, dialect, { strict }),
    }),
  ];
}

function responseTargets(dialect: Dialect): FuzzTarget[] {
  const responses = responsesOf(dialect);
  const frames = responses.map((response) =>
    encodeResponse(response, dialect, "binary")
  ).filter((frame) => typeof frame !== "string");
  const texts = responses.map((response) =>
    `${encodeResponse(response, dialect, "text")}`
  );
  return [
    fuzzTarget({
      name: `native ${dialect}: binary responses`,
      draw: (random) => mutateBytes(random, frames),
      feed: (frame) => decodeResponse(frame, dialect),
    }),
    fuzzTarget({
      name: `native ${dialect}: responses in text`,
      draw: (random) => mutateEither(random, texts),
      feed: (text) => decodeResponse(text, dialect),
    }),
  ];
}

function mutateEither(random: FuzzRandom, texts: readonly string[]): string {
  return random.chance(0.5)
    ? mutateText(random, texts)
    : mutateJson(random, texts.map((text) => JSON.parse(text)));
}

function requestsOf(dialect: Dialect): NativeRequest[] {
  const lane = hasLanes(dialect) ? 42n : undefined;
  const recipient = ADDRESS;
  const surbs = hasSingleSurbs(dialect) ? 1 : 10;
  const requests: NativeRequest[] = [
    { kind: "send", recipient, body: BODY, lane },
    { kind: "sendAnonymous", recipient, body: BODY, surbs, lane },
    {
      kind: "reply",
      handle: handleOf(dialect),
      body: BODY,
      lane: hasSingleSurbs(dialect) ? undefined : lane,
    },
    { kind: "selfAddress" },
  ];
  if (lane === undefined) return requests;
  return [
    ...requests,
    { kind: "closedConnection", lane },
    { kind: "getLaneQueueLength", lane },
  ];
}

function responsesOf(dialect: Dialect): NativeResponse[] {
  const responses: NativeResponse[] = [
    { kind: "error", code: "other", detail: "boom" },
    { kind: "received", body: BODY, handle: undefined },
    { kind: "received", body: BODY, handle: handleOf(dialect) },
    { kind: "selfAddress", address: ADDRESS },
  ];
  if (!hasLanes(dialect)) return responses;
  return [
    ...responses,
    { kind: "laneQueueLength", lane: 13n, queueLength: 42n },
  ];
}

function handleOf(dialect: Dialect) {
  return hasSingleSurbs(dialect)
    ? { kind: "replySurb" as const, surb: replySurb().slice(0, SURB_SIZE) }
    : {
      kind: "senderTag" as const,
      senderTag: senderTag(new Uint8Array(16).fill(8)),
    };
}

function hasText({ kind }: NativeRequest): boolean {
  return kind !== "closedConnection" && kind !== "getLaneQueueLength";
}
