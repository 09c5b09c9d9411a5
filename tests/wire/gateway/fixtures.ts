import type { Bytes } from "../../../lib/bytes/brand.ts";
import {
  type Ed25519KeyPair,
  ed25519PublicKey,
} from "../../../lib/crypto/ed25519.ts";
import { unhex } from "../../support/hex.ts";

/** `length` equal bytes. */
export function fill(length: number, byte: number): Bytes {
  return new Uint8Array(length).fill(byte);
}

function keyPair(secret: Bytes): Ed25519KeyPair {
  return { secret, public: ed25519PublicKey(secret) };
}

/** The client of the published test vectors. */
export const CLIENT = keyPair(fill(32, 1));

/** Its gateway. */
export const GATEWAY = keyPair(fill(32, 2));

/** What the draws of the vectors are: ephemeral secrets, salt, nonces. */
export const DRAWS = {
  x: fill(32, 3),
  y: fill(32, 4),
  salt: fill(16, 5),
  gatewayNonce: fill(12, 6),
  clientNonce: fill(12, 7),
};

/** The key that both derive. */
export const SHARED_KEY = unhex(
  "1e95bf55a80cb3023397afe44f544e0296882db6fac1b23aa3c7b910cff507fe",
);

/** The handshake messages of the vectors. */
export const MESSAGES = {
  hello: unhex(`
    8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c
    5dfedd3b6bd47f6fa28ee15d969d5bb0ea53774d488bdaf9df1c6e0124b3ef22
    05050505050505050505050505050505`),
  gatewayProof: unhex(`
    ac01b2209e86354fb853237b5de0f4fab13c7fcbf433a61c019369617fecf10b
    f4bdfd324795fc580a9f95fd541ad467c3734e768e9e5064315a5e7f69d24a0b
    da4bf97f8a946cc13287040d32ec660b0aacca176c576b006e221e74391ce07c
    493d21ef0f235467632656595b550921
    060606060606060606060606`),
  clientProof: unhex(`
    0003678d755f3f51910ae03f19bb767f0a79a76f5a01630c572c87583d3206074f
    630991cce5345de7b107e8d244faf5a4aafdbce1c9abe55f0a065785956ea963
    11e1fc5238347eb9efb6182fba4d1b
    070707070707070707070707`),
};
