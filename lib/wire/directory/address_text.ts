import {
  decodeNodeAddress,
  encodeNodeAddress,
  type NodeAddress,
} from "../../message/node_address.ts";
import type { JsonReader } from "../json_reader.ts";
import { U16_MAX } from "./limits.ts";

/** Read an IP literal, without brackets, in its canonical spelling. */
export function readIpAddress(json: JsonReader): string {
  const address = canonical({ host: json.string(64), port: 0 });
  if (address !== undefined) return address.host;
  throw json.error("need an IP address, have other text");
}

/** Read `ip:port`, where an IPv6 address stands in brackets; host names are refused. */
export function readSocketAddress(json: JsonReader): NodeAddress {
  const match = /^(?:\[([^\]]*:[^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(
    json.string(64),
  );
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3] ?? NaN);
  const address = port <= U16_MAX ? canonical({ host, port }) : undefined;
  if (address !== undefined) return address;
  throw json.error("need an IP address and a port, have other text");
}

/** Write `ip:port`, an IPv6 address in brackets. */
export function formatSocketAddress(address: NodeAddress): string {
  return `${bracketed(address.host)}:${address.port}`;
}

/** A host as it stands in a URL: an IPv6 address in brackets, anything else as it is. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function canonical(address: NodeAddress): NodeAddress | undefined {
  try {
    return decodeNodeAddress(encodeNodeAddress(address)).address;
  } catch {
    // Only a host that is no IP literal gets here; the callers name the place.
    return undefined;
  }
}
