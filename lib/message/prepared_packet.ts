import type { Bytes } from "../bytes/brand.ts";
import type { FragmentId } from "./fragment_id.ts";
import type { KeyRotation } from "./key_rotation.ts";
import type { NodeAddress } from "./node_address.ts";

/** A packet that can leave. */
export interface PreparedPacket {
  /** What its acknowledgement will name. */
  readonly id: FragmentId;
  /** The node that the gateway sends it to. */
  readonly firstHop: NodeAddress;
  /** Which of their keys the nodes must use. */
  readonly rotation: KeyRotation;
  /** The packet itself. */
  readonly packet: Bytes;
  /** How long nodes will hold it and its acknowledgement back altogether, in nanoseconds: what to expect of its round trip. */
  readonly totalDelay: bigint;
  /** What the recipient will find in front of the encrypted fragment, 32 bytes: a sender knows its own packets by it. */
  readonly keyBlock: Bytes;
}
