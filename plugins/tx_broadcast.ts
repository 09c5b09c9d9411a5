import type { Plugin } from "nymwire";

interface Options {
  readonly endpoint: string;
  readonly maxBytes: number;
}

/** No transaction moves more than all the coins there are, in satoshis. */
const MAX_MONEY = 2_100_000_000_000_000n;

/** What nodes say of a transaction that they have already: as good as having sent it. */
const KNOWN = /already (in|known)|txn-(already|same)/i;

/**
 * Broadcasts Bitcoin transactions for people who do not want to be seen doing it. A message is a signed transaction, in hex or
 * as bytes; it is parsed from end to end, posted to an Esplora-style `endpoint` (`POST /tx`), and answered through the sender's
 * reply blocks with `{"txid":"…"}` or `{"error":"…"}`. A client is `examples/tx_broadcast/client.ts`.
 *
 *     nymwire run --id btc --plugin tx_broadcast --set tx_broadcast.endpoint=https://mempool.space/api \
 *       --grant tx_broadcast.net=mempool.space:443
 */
export default {
  meta: {
    api: 1,
    name: "tx_broadcast",
    version: "1.0.0",
    description: "Broadcasts Bitcoin transactions, and answers with the txid",
    options: {
      properties: {
        endpoint: {
          type: "string",
          description: "The base of an Esplora API: https://HOST/api",
          minLength: 1,
        },
        maxBytes: {
          type: "integer",
          description: "Larger transactions are refused",
          default: 400_000,
          minimum: 100,
        },
      },
      required: ["endpoint"],
    },
    grants: [
      { kind: "net", option: "endpoint", why: "to post transactions" },
    ],
  },

  async message(message, { options: { endpoint, maxBytes }, ...context }) {
    const answer = await broadcast().catch((error: Error) => ({
      error: error.message,
    }));
    context.log(JSON.stringify(answer));
    if (message.senderTag) {
      await context.reply(message, JSON.stringify(answer));
    }

    async function broadcast(): Promise<{ txid: string }> {
      const raw = readHex(message.bytes);
      if (raw.length > maxBytes) {
        throw new RangeError(`need at most ${maxBytes} bytes`);
      }
      const txid = await txidOf(stripWitness(raw));
      const url = `${endpoint.replace(/\/+$/, "")}/tx`;
      const response = await context.fetch(url, {
        method: "POST",
        headers: { "content-type": "text/plain" },
        body: raw.toHex(),
        maxBytes: 10_000,
      }).catch(() => {
        throw new Error("the Bitcoin node cannot be reached, try again later");
      });
      const said = (await response.text()).slice(0, 300);
      if (!response.ok && !KNOWN.test(said)) {
        throw new Error(`refused by the Bitcoin node: ${said}`);
      }
      return { txid };
    }
  },
} satisfies Plugin<Options>;

/** A transaction comes as text or as bytes; no transaction reads as hex by chance, as it begins with a version. */
function readHex(bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes).trim();
  return /^([\da-f]{2})+$/i.test(text) ? Uint8Array.fromHex(text) : bytes;
}

/**
 * Parse a transaction completely (BIP 144): version, marker and flag, inputs, outputs, witnesses, lock time. Returns what its txid
 * is the hash of: the same without witnesses.
 */
function stripWitness(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  const version = take(4, "version");
  const segwit = raw[4] === 0 && raw[5] === 1;
  if (segwit) take(2, "flag");
  const start = at;
  const spent = new Set<string>();
  const inputs = list("inputs", () => {
    const outpoint = take(36, "outpoint").toHex();
    if (spent.has(outpoint)) throw wrong("it spends one output twice");
    if (/^0{64}f{8}$/.test(outpoint)) throw wrong("it is a coinbase");
    spent.add(outpoint);
    take(size(), "script of an input");
    take(4, "sequence");
  });
  if (inputs === 0) throw wrong("it has no inputs");
  let money = 0n;
  const outputs = list("outputs", () => {
    money += number(take(8, "amount"));
    if (money > MAX_MONEY) throw wrong("it moves more than all coins");
    take(size(), "script of an output");
  });
  if (outputs === 0) throw wrong("it has no outputs");
  const body = raw.subarray(start, at);
  let witnesses = 0;
  for (let left = segwit ? inputs : 0; left > 0; left--) {
    witnesses += list("witness", () => take(size(), "witness"));
  }
  if (segwit && witnesses === 0) throw wrong("it has a flag but no witness");
  const lockTime = take(4, "lock time");
  if (at !== raw.length) throw wrong(`${raw.length - at} bytes are left over`);
  return Uint8Array.from([...version, ...body, ...lockTime]);

  function take(length: number, what: string): Uint8Array {
    if (length > raw.length - at) throw wrong(`it ends within: ${what}`);
    at += length;
    return raw.subarray(at - length, at);
  }

  /** A length in as few bytes as it fits into; other spellings are refused, as nodes do. */
  function size(): number {
    const [first = 0] = take(1, "length");
    if (first < 0xfd) return first;
    const value = number(take(2 ** (first - 0xfc), "length"));
    const least = { 0xfd: 0xfdn, 0xfe: 2n ** 16n, 0xff: 2n ** 32n }[first]!;
    if (value >= least) return Number(value);
    throw wrong("a length is not in its shortest form");
  }

  function list(what: string, read: () => void): number {
    const count = size();
    if (count > raw.length - at) throw wrong(`it ends within: ${what}`);
    for (let left = count; left > 0; left--) read();
    return count;
  }
}

/** Numbers are written backwards: the least byte first. */
function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toReversed().toHex()}`);
}

function wrong(why: string): TypeError {
  return new TypeError(`this is no valid transaction: ${why}`);
}

/** The double SHA-256, shown backwards. */
async function txidOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const once = await crypto.subtle.digest("SHA-256", bytes);
  const twice = await crypto.subtle.digest("SHA-256", once);
  return new Uint8Array(twice).reverse().toHex();
}
