import type { Bytes } from "../bytes/brand.ts";
import { ByteWriter } from "../bytes/writer.ts";
import { type DataPacketSizeName, PACKET_SIZE } from "./packet_size.ts";

/** What every cover message says (nymtech/nym, `common/nymsphinx/cover`). No fragment starts like it. */
const TEXT = new TextEncoder().encode("The cake is a lie!");

/** What a cover packet carries in the place of a fragment. */
export function coverContent(packetSize: DataPacketSizeName): Bytes {
  const size = PACKET_SIZE[packetSize].fragment;
  return new ByteWriter(size)
    .bytes(TEXT)
    .u8(1)
    .zeros(size - TEXT.length - 1)
    .done();
}

/** Whether something decrypted is a cover message. */
export function isCover(content: Uint8Array): boolean {
  return content.length >= TEXT.length &&
    TEXT.every((byte, i) => content[i] === byte);
}
