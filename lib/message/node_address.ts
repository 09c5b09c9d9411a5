import type { Bytes } from "../bytes/brand.ts";
import { ByteReader } from "../bytes/reader.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { DecodeError } from "../errors.ts";

/** Where the mix port of a node is: an IP literal (without brackets) and a TCP port. */
export interface NodeAddress {
  /** Such as `127.0.0.1` or `2001:db8::1`. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

const IPV4 = 4;
const IPV6 = 6;
const IPV4_OCTETS = 4;
const IPV6_OCTETS = 16;
const IPV6_GROUPS = 8;

/** Version and port, which stand in front of the octets. */
const PREFIX_SIZE = 1 + 2;

/** Size of the longest encoding, that of an IPv6 address; shorter ones are padded to it in front of an acknowledgement. */
export const MAX_NODE_ADDRESS_SIZE: number = PREFIX_SIZE + IPV6_OCTETS;

/**
 * Write a node address: `04 ‖ port ‖ 4 octets` (7 bytes) or `06 ‖ port ‖ 16 octets` (19 bytes)
 * (nymtech/nym, `common/nymsphinx/addressing/src/nodes.rs`).
 *
 * @throws {TypeError} If the host is no IP literal.
 * @throws {RangeError} If the port is not one.
 */
export function encodeNodeAddress(address: NodeAddress): Bytes {
  const octets = parseIpv4(address.host) ?? parseIpv6(address.host);
  if (octets === undefined) {
    throw new TypeError(
      `Cannot encode node address: "${address.host}" is not an IP address`,
    );
  }
  const { port } = address;
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    throw new RangeError(`Cannot encode node address: port ${port}`);
  }
  return new ByteWriter(PREFIX_SIZE + octets.length)
    .u8(octets.length === IPV4_OCTETS ? IPV4 : IPV6)
    .u16(port)
    .bytes(Uint8Array.from(octets))
    .done();
}

/** Write a node address followed by zeros: 32 bytes inside Sphinx headers, 19 in front of an acknowledgement. */
export function paddedNodeAddress(address: NodeAddress, size: number): Bytes {
  const encoded = encodeNodeAddress(address);
  return new ByteWriter(size)
    .bytes(encoded)
    .zeros(size - encoded.length)
    .done();
}

/**
 * Read a node address from the front of `bytes`; what follows it, padding or a packet, is not looked at.
 *
 * @returns The address and how many bytes it took, 7 or 19.
 * @throws {DecodeError} If the first byte is neither 4 nor 6, or bytes are missing.
 */
export function decodeNodeAddress(
  bytes: Uint8Array,
): { address: NodeAddress; length: number } {
  const reader = new ByteReader(bytes, "node address");
  const version = reader.u8("IP version");
  if (version !== IPV4 && version !== IPV6) {
    throw new DecodeError(
      `Cannot decode node address: IP version ${version}: need 4 or 6`,
    );
  }
  const port = reader.u16("port");
  const host = version === IPV4
    ? reader.bytes(IPV4_OCTETS, "IPv4 octets").join(".")
    : formatIpv6(reader.bytes(IPV6_OCTETS, "IPv6 octets"));
  return { address: { host, port }, length: reader.offset };
}

function parseIpv4(host: string): number[] | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return undefined;
  const octets = host.split(".").map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

/** The URL parser knows every spelling of an IPv6 address and writes the canonical one, of which only `::` is left to expand. */
function parseIpv6(host: string): number[] | undefined {
  if (!/^[0-9a-fA-F:.]+$/.test(host) || !host.includes(":")) return undefined;
  const url = URL.parse(`http://[${host}]`);
  if (url === null) return undefined;
  const [head = "", tail] = url.hostname.slice(1, -1).split("::");
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(
    IPV6_GROUPS - front.length - back.length,
  ).fill(0);
  return [...front, ...zeros, ...back].flatMap((
    group,
  ) => [group >> 8, group & 0xff]);
}

function groups(text: string): number[] {
  return text === ""
    ? []
    : text.split(":").map((group) => Number.parseInt(group, 16));
}

function formatIpv6(octets: Uint8Array): string {
  const view = new DataView(
    octets.buffer,
    octets.byteOffset,
    octets.byteLength,
  );
  const text = Array.from(
    { length: IPV6_GROUPS },
    (_, i) => view.getUint16(2 * i).toString(16),
  ).join(":");
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}
