import { cryptoReady } from "../../lib/crypto/sodium.ts";
import type { FuzzTarget } from "./target.ts";
import { channelTargets } from "./targets/channel.ts";
import { directoryTargets } from "./targets/directory.ts";
import { gatewayDialogueTargets } from "./targets/gateway_dialogues.ts";
import { gatewayFrameTargets } from "./targets/gateway_frames.ts";
import { homeTargets } from "./targets/home.ts";
import { messageTargets } from "./targets/message.ts";
import { mixTargets } from "./targets/mix.ts";
import { nativeTargets } from "./targets/native.ts";
import { reassemblyTargets } from "./targets/reassembly.ts";
import { sphinxTargets } from "./targets/sphinx.ts";
import { streamTargets } from "./targets/stream.ts";

/** Every decoder that faces a peer, or a file that someone else wrote. */
export async function allTargets(): Promise<FuzzTarget[]> {
  await cryptoReady();
  return [
    ...sphinxTargets(),
    ...messageTargets(),
    ...reassemblyTargets(),
    ...mixTargets(),
    ...gatewayFrameTargets(),
    ...gatewayDialogueTargets(),
    ...directoryTargets(),
    ...nativeTargets(),
    ...channelTargets(),
    ...streamTargets(),
    ...homeTargets(),
  ];
}
