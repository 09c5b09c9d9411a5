import { assert, assertEquals, assertThrows } from "@std/assert";
import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import { CryptoError, DecodeError } from "../../lib/errors.ts";
import { openAck } from "../../lib/message/ack.ts";
import { replyKeyDigest } from "../../lib/message/encryption.ts";
import {
  decodeNodeAddress,
  encodeNodeAddress,
} from "../../lib/message/node_address.ts";
import {
  type DataPacketSizeName,
  PACKET_SIZE,
} from "../../lib/message/packet_size.ts";
import { drawPath, pathDelay } from "../../lib/message/path.ts";
import {
  prepareCoverPacket,
  prepareDataPacket,
  prepareReplyPacket,
} from "../../lib/message/prepare.ts";
import type { PreparedPacket } from "../../lib/message/prepared_packet.ts";
import { openPush } from "../../lib/message/receive.ts";
import {
  createReplySurb,
  decodeReplySurb,
  encodeReplySurb,
} from "../../lib/message/reply_surb.ts";
import { split } from "../../lib/message/split.ts";
import { splitSurbAck } from "../../lib/message/surb_ack.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import type { SphinxVersion } from "../../lib/sphinx/version.ts";
import { hex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { type TestNode, testNodes } from "./reply_blocks.ts";

await cryptoReady();

const SIZES = [
  "regular",
  "extended8",
  "extended16",
  "extended32",
] satisfies DataPacketSizeName[];

/** A client with its keys and the nodes that lead to it. */
function testClient(seed: number) {
  const random = seededRandom(seed);
  const identity = generateEd25519(random).public;
  const encryption = generateX25519(random);
  const gateway = generateEd25519(random).public;
  return {
    address: { identity, encryption: encryption.public, gateway },
    secret: encryption.secret,
    sender: { identity, ackKey: random(16) },
    route: testNodes(4, seed),
  };
}

const ALICE = testClient(1);
const BOB = testClient(2);
const AVERAGES = { packetDelay: 15.7, ackDelay: 10 };

function fragmentFor(packetSize: DataPacketSizeName, seed = 3) {
  const random = seededRandom(seed);
  return split([random(500)], { packetSize, random })[0]!;
}

function dataInput(packetSize: DataPacketSizeName) {
  return {
    fragment: fragmentFor(packetSize),
    recipient: BOB.address,
    sender: ALICE.sender,
    forwardRoute: BOB.route,
    ackRoute: ALICE.route,
    averages: AVERAGES,
    rotation: "even",
    packetSize,
    random: seededRandom(9),
  } as const;
}

for (const packetSize of SIZES) {
  Deno.test(`prepareDataPacket() makes a packet that arrives and is acknowledged, ${packetSize}`, () => {
    const input = dataInput(packetSize);
    const prepared = prepareDataPacket(input);
    const { setId, index, payload } = input.fragment;
    assertEquals(prepared.id, { setId, index });
    assertEquals(prepared.rotation, "even");
    assertEquals(prepared.packet.length, PACKET_SIZE[packetSize].total);
    const arrival = travel(prepared, BOB.route);
    assertEquals(arrival.versions, [259, 259, 259, 259]);
    assertEquals(arrival.destination, BOB.address.identity);
    const opened = openPush(arrival.message, {
      secret: BOB.secret,
      takeReplyKey: () => undefined,
    });
    assert(opened.kind === "fragment");
    assertEquals(opened.fragment.payload, payload.slice());
    const ack = acknowledge(arrival, ALICE.route);
    assertEquals(ack.versions, [259, 259, 259, 259]);
    assertEquals(ack.destination, ALICE.address.identity);
    assertEquals(openAck(ALICE.sender.ackKey, ack.message), { setId, index });
    assertEquals(prepared.totalDelay, arrival.delay + ack.delay);
    assertEquals(prepared.keyBlock, arrival.message.slice(0, 32));
  });

  Deno.test(`prepareCoverPacket() makes a packet to oneself, ${packetSize}`, () => {
    const prepared = prepareCoverPacket({
      self: ALICE.address,
      sender: ALICE.sender,
      forwardRoute: ALICE.route,
      ackRoute: ALICE.route,
      averages: AVERAGES,
      rotation: "odd",
      packetSize,
      random: seededRandom(9),
    });
    assertEquals(prepared.packet.length, PACKET_SIZE[packetSize].total);
    const arrival = travel(prepared, ALICE.route);
    assertEquals(arrival.versions, [258, 258, 258, 258]);
    assertEquals(arrival.destination, ALICE.address.identity);
    const opened = openPush(arrival.message, {
      secret: ALICE.secret,
      takeReplyKey: () => undefined,
    });
    assertEquals(opened, { kind: "cover" });
    const ack = acknowledge(arrival, ALICE.route);
    assertEquals(ack.versions, [258, 258, 258, 258]);
    assertEquals(openAck(ALICE.sender.ackKey, ack.message), "cover");
    assertEquals(prepared.totalDelay, arrival.delay + ack.delay);
    assertEquals(prepared.keyBlock, arrival.message.slice(0, 32));
  });
}

for (const version of [1, 257, 258, 259] satisfies SphinxVersion[]) {
  Deno.test(`prepareReplyPacket() uses up a block, ${version}`, () => {
    const random = seededRandom(version);
    const surb = createReplySurb({
      ...drawPath(ALICE.route, 15, random),
      destination: ALICE.address.identity,
      version,
      rotation: "odd",
      random,
    });
    const fragment = fragmentFor("regular");
    const prepared = prepareReplyPacket({
      fragment,
      surb: decodeReplySurb(encodeReplySurb(surb), "odd"),
      sender: BOB.sender,
      ackRoute: BOB.route,
      averages: AVERAGES,
      random,
    });
    assertEquals(prepared.rotation, "odd");
    assertEquals(prepared.packet.length, PACKET_SIZE.regular.total);
    const arrival = travel(prepared, ALICE.route);
    assertEquals(arrival.versions, new Array(4).fill(version));
    assertEquals(arrival.destination, ALICE.address.identity);
    const opened = openPush(arrival.message, {
      secret: ALICE.secret,
      takeReplyKey: (digest) =>
        hex(digest) === hex(replyKeyDigest(surb.key)) ? surb.key : undefined,
    });
    assert(opened.kind === "fragment" && opened.reply);
    assertEquals(opened.fragment.payload, fragment.payload.slice());
    const ack = acknowledge(arrival, BOB.route);
    assertEquals(ack.versions, [259, 259, 259, 259]);
    const { setId, index } = fragment;
    assertEquals(openAck(BOB.sender.ackKey, ack.message), { setId, index });
    assertEquals(prepared.totalDelay, 45_000_000n + ack.delay);
    assertEquals(prepared.keyBlock, arrival.message.slice(0, 32));
  });
}

Deno.test("prepareDataPacket() goes to a gateway alone where mix hops are off", () => {
  const gateway = BOB.route.slice(3);
  const prepared = prepareDataPacket({
    ...dataInput("regular"),
    forwardRoute: gateway,
    ackRoute: ALICE.route.slice(3),
  });
  const arrival = travel(prepared, gateway);
  acknowledge(arrival, ALICE.route.slice(3));
  assertEquals(prepared.totalDelay, 0n);
});

Deno.test("prepareDataPacket() makes another packet each time, of the same fragment too", () => {
  const input = dataInput("regular");
  const [a, b] = [prepareDataPacket(input), prepareDataPacket(input)];
  assertEquals(a.id, b.id);
  const [first, second] = [travel(a, BOB.route), travel(b, BOB.route)];
  assert(hex(a.packet.subarray(0, 32)) !== hex(b.packet.subarray(0, 32)));
  assert(
    hex(first.message.subarray(0, 32)) !== hex(second.message.subarray(0, 32)),
  );
  assert(first.delay !== second.delay);
});

Deno.test("prepareDataPacket() waits nowhere if the averages are zero", () => {
  const prepared = prepareDataPacket({
    ...dataInput("regular"),
    averages: { packetDelay: 0, ackDelay: 0 },
  });
  assertEquals(prepared.totalDelay, 0n);
  assertEquals(travel(prepared, BOB.route).delay, 0n);
});

Deno.test("prepareDataPacket() refuses a fragment that does not fill its packet", () => {
  for (const payload of [new Uint8Array(1603), new Uint8Array(1605)]) {
    const input = dataInput("regular");
    assertThrows(
      () =>
        prepareDataPacket({
          ...input,
          fragment: { ...input.fragment, payload },
        }),
      RangeError,
    );
  }
  assertThrows(
    () =>
      prepareDataPacket({ ...dataInput("extended8"), packetSize: "regular" }),
    RangeError,
  );
});

Deno.test("prepareDataPacket() refuses an address whose encryption key is unusable", () => {
  const recipient = { ...BOB.address, encryption: new Uint8Array(32) };
  assertThrows(
    () => prepareDataPacket({ ...dataInput("regular"), recipient }),
    CryptoError,
  );
});

Deno.test("splitSurbAck() refuses every truncation and a first hop that is none", () => {
  const plaintext = new Uint8Array(405);
  plaintext.set(encodeNodeAddress({ host: "1.2.3.4", port: 5 }));
  assertEquals(splitSurbAck(plaintext).message.length, 0);
  for (let length = 0; length < plaintext.length; length++) {
    assertThrows(
      () => splitSurbAck(plaintext.subarray(0, length)),
      DecodeError,
    );
  }
  plaintext[0] = 5;
  assertThrows(() => splitSurbAck(plaintext), DecodeError);
});

Deno.test("decodeReplySurb() refuses every truncation", () => {
  const random = seededRandom(4);
  for (const version of [258, 259] as const) {
    const bytes = encodeReplySurb(createReplySurb({
      ...drawPath(ALICE.route, 15, random),
      destination: ALICE.address.identity,
      version,
      rotation: "odd",
      random,
    }));
    const keySize = version === 259 ? 16 : 192;
    for (let length = 0; length < bytes.length; length++) {
      const hops = (length - 396) / (length - 396 < 192 ? 16 : keySize);
      const fewerHops = Number.isInteger(hops) && hops >= 1 && hops <= 5;
      if (fewerHops) continue;
      assertThrows(
        () => decodeReplySurb(bytes.subarray(0, length), "odd"),
        DecodeError,
      );
    }
  }
});

Deno.test("pathDelay() leaves out the last hop, which does not wait", () => {
  const path = { route: ALICE.route, delays: [1n, 20n, 300n, 4000n] };
  assertEquals(pathDelay(path), 321n);
  assertEquals(pathDelay({ route: [], delays: [] }), 0n);
});

interface Arrival {
  readonly versions: number[];
  readonly delay: bigint;
  readonly destination: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly message: Uint8Array;
}

/** Send a packet through nodes, the last of which takes the acknowledgement off. */
function travel(
  { firstHop, packet }: Pick<PreparedPacket, "firstHop" | "packet">,
  nodes: readonly TestNode[],
): Arrival {
  const versions: number[] = [];
  let delay = 0n;
  let next = firstHop;
  let current = packet;
  for (const node of nodes) {
    assertEquals(next, decodeNodeAddress(node.address).address);
    const processed = finishPacket(peelHeader(current, node.secret));
    versions.push(processed.version);
    if (processed.kind === "final") {
      const { destination, message } = processed;
      const isAck = message.length === PACKET_SIZE.ack.plaintext;
      return {
        versions,
        delay,
        destination,
        plaintext: message,
        message: isAck ? message : splitSurbAck(message).message,
      };
    }
    delay += processed.delay;
    next = decodeNodeAddress(processed.nextHop).address;
    current = processed.packet;
  }
  throw new Error("The packet goes on");
}

/** Send the acknowledgement back that a packet brought along. */
function acknowledge(
  { plaintext }: Arrival,
  nodes: readonly TestNode[],
): Arrival {
  const { firstHop, ackPacket } = splitSurbAck(plaintext);
  return travel({ firstHop, packet: ackPacket }, nodes);
}
