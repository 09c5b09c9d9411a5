/**
 * Frames of the local websocket as native clients write them. Origin: nymtech/nym, the unit tests of
 * clients/native/websocket-requests/src/{requests,responses}.rs @ v0.11.0, v1.1.2 and nym-binaries-v1.1.22, and frames
 * written after the layouts in the same files.
 */

/** The recipient of those tests, as text and as its three keys. */
export const RECIPIENT =
  "CytBseW6yFXUMzz4SGAKdNLGR7q3sJLLYxyBGvutNEQV.4QXYyEVc5fUDjmmi8PrHN9tdUFV4PCvSJE1278cHyvoe@4sBbL1ngf1vtNqykydQKTFh26sQCw888GpUqvPvyNB4f";
export const RECIPIENT_HEX =
  "b202f5983ab6ad7e78b5237d005ff4887689be9a2341179b05d382cf80f1dade" +
  "3299f6b78e8a0bce4daa9fcca3f93204da56a5d5132ee4d484cec3c9927cb965" +
  "396e13d61e2bc32b6353a31da0c34dcc1545f93bab112ce63d9a2c1d0327a724";

/** The sample address of the oldest documents. */
export const SAMPLE =
  "7bxykcEH1uGNMr8mxGABvLJA44nbYt6Rp7xXHhJ4wQVk.HpnFbaMJ8NN1cp5ZPdPTc2GoBDnG4Jd51Sti32tbf3tF@BNjYZPxzcJwczXHHgBxCAyVJKxN6LPteDRrKapxWmexv";

/** Base58 of 02 and 31 zero bytes, which is no point of the curve. */
export const NO_POINT = "8opHzTAnfzRpPEx21XtnrVTX28YQuCpAjcn1PczScKh";

const FOOMP = "0000000000000005666f6f6d70";
const NO_LANE = "0000000000000000";
const LANE_42 = "000000000000002a";

/** Binary requests by dialect. */
export const REQUESTS = {
  aSend: `0000${RECIPIENT_HEX}${FOOMP}`,
  aSendSurb: `0001${RECIPIENT_HEX}${FOOMP}`,
  abSelfAddress: "02",
  bSendLane: `0000${RECIPIENT_HEX}${LANE_42}${FOOMP}`,
  bSendSurb: `0001${RECIPIENT_HEX}${NO_LANE}${FOOMP}`,
  bClosedConnection: `03${LANE_42}`,
  bGetLaneQueueLength: `04${LANE_42}`,
  cSend: `00${RECIPIENT_HEX}${NO_LANE}${FOOMP}`,
  cSendLane: `00${RECIPIENT_HEX}${LANE_42}${FOOMP}`,
  cSendAnonymous: `010000000a${RECIPIENT_HEX}${LANE_42}${FOOMP}`,
  cReply: `02${"08".repeat(16)}${LANE_42}${FOOMP}`,
  cSelfAddress: "03",
  cClosedConnection: `04${LANE_42}`,
  cGetLaneQueueLength: `05${LANE_42}`,
} as const;

/** Binary responses. */
export const RESPONSES = {
  received: `0100${FOOMP}`,
  cReceivedTag: `0101${"2a".repeat(16)}${FOOMP}`,
  selfAddress: `02${RECIPIENT_HEX}`,
  laneQueueLength: "03000000000000000d000000000000002a",
  other: "00ff0000000000000004626f6f6d",
  emptyRequest: "000100000000000000106e6f20646174612070726f7669646564",
  tooShortSend:
    "0002000000000000002a6e6f7420656e6f75676820646174612070726f766964656420746f207265636f766572202773656e6427",
  abUnknown: "00030000000000000006747970652039",
  cUnknown:
    "0003000000000000002e3920646f6573206e6f7420636f72726573706f6e6420746f20616e792076616c6964207265717565737420746167",
} as const;

/** A reply block of 1164 bytes in the layout of dialects a and b: key, header, first hop 127.0.0.1:20001, four payload keys. */
export function replySurb(): Uint8Array<ArrayBuffer> {
  const surb = Uint8Array.from({ length: 1164 }, (_, i) => (i * 7 + 1) % 251);
  surb.fill(0, 364, 396);
  surb.set([4, 0x4e, 0x21, 127, 0, 0, 1], 364);
  return surb;
}
