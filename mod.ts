/**
 * nymwire as a library: mixnet clients in your program, a mixnet on loopback for your tests, ordered streams over
 * messages. The command line is made of the same parts.
 *
 * @example A message from one client to another, on a network of your own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DEFAULT_DEBUG, openClient, startMixnet, withoutCover } from "nymwire";
 *
 * await using mixnet = await startMixnet();
 * const options = { network: mixnet.apiUrl, settings: withoutCover(DEFAULT_DEBUG) };
 * await using alice = await openClient(options);
 * await using bob = await openClient(options);
 *
 * const sending = await alice.send({
 *   target: { kind: "recipient", recipient: bob.address },
 *   body: new TextEncoder().encode("hello"),
 * });
 * await sending.reached("acked");
 * for await (const message of bob.messages()) {
 *   assertEquals(new TextDecoder().decode(message.body), "hello");
 *   await message.taken();
 *   break;
 * }
 * ```
 *
 * @module
 */

// Errors
export {
  ConnectionError,
  CryptoError,
  DecodeError,
  EXIT,
  NymError,
  PluginError,
  ProtocolError,
  UsageError,
} from "./lib/errors.ts";
export type { ExitCode, NymErrorOptions } from "./lib/errors.ts";

// Addresses
export { formatRecipient, parseRecipient } from "./lib/message/recipient.ts";
export type { Recipient } from "./lib/message/recipient.ts";
export { formatSenderTag, parseSenderTag } from "./lib/message/sender_tag.ts";
export type { SenderTag } from "./lib/message/sender_tag.ts";

// Messages
export { STAGES } from "./lib/mailbox/mailbox.ts";
export type {
  InboxMailbox,
  IncomingMessage,
  Mailbox,
  MailboxState,
  MessagesOptions,
  OutgoingMessage,
  Sending,
  Stage,
  Target,
} from "./lib/mailbox/mailbox.ts";

// Clients that run already
export { connectMailbox } from "./lib/mailbox/connect.ts";
export type { ConnectMailboxOptions } from "./lib/mailbox/connect.ts";

// The client
export { openClient } from "./lib/client/open.ts";
export type { OpenClientOptions } from "./lib/client/open_options.ts";
export { openHomeClient } from "./lib/client/open_home_client.ts";
export type { OpenHomeClientOptions } from "./lib/client/open_home_client.ts";
export type {
  HomeClient,
  HomeClientOptions,
} from "./lib/client/home_client.ts";
export type { ClientConfig, SocketConfig } from "./lib/home/config.ts";
export type { MovedPath } from "./lib/home/locate.ts";
export type { Tightened } from "./lib/home/secure_fs.ts";
export type { HomeNotice } from "./lib/home/open_home.ts";
export type { HomePaths, KeyPaths, StoragePaths } from "./lib/home/paths.ts";
export type { RunChannel, RunFile } from "./lib/home/run_file.ts";
export type {
  ClientCounters,
  MixnetClient,
  SendOptions,
} from "./lib/client/client.ts";
export type { ReassemblerCounters } from "./lib/message/reassemble.ts";
export type { InboxCounters } from "./lib/client/inbox.ts";
export type { OutboxCounters } from "./lib/client/outbox_packet.ts";
export type { SurbGrantCounters } from "./lib/client/surb_grants.ts";
export type { GatewayRegistration } from "./lib/home/gateways.ts";
export type { ClientKeys, KeyPair } from "./lib/home/keys.ts";
export { DEFAULT_DEBUG } from "./lib/home/debug.ts";
export type {
  AcknowledgementSettings,
  ConfiguredPacketSize,
  CoverTrafficSettings,
  DebugConfig,
  ForgetMeSettings,
  GatewayConnectionSettings,
  RememberMeSettings,
  ReplySurbSettings,
  StatsReportingSettings,
  TopologySettings,
  TrafficSettings,
} from "./lib/home/debug.ts";
export { withFastMode, withoutCover } from "./lib/home/debug_presets.ts";

// The embedded mixnet
export { startMixnet } from "./lib/mixnet/mixnet.ts";
export type { MixnetOptions } from "./lib/mixnet/mixnet.ts";
export type { Mixnet, MixnetNode } from "./lib/mixnet/running_mixnet.ts";
export { COUNTERS } from "./lib/mixnet/counters.ts";
export type { CounterName, CounterSnapshot } from "./lib/mixnet/counters.ts";
export type {
  ClientEvent,
  MixnetEvent,
  PacketEvent,
} from "./lib/mixnet/events.ts";
export type { FaultOptions } from "./lib/mixnet/faults.ts";
export type { NodePlace, RestartOptions } from "./lib/mixnet/managed_node.ts";
export type { GatewayProtocol } from "./lib/wire/gateway/version.ts";
export type { MixFrameVersion } from "./lib/wire/mix/frame.ts";

// Plugins, for their authors
export type {
  GrantKind,
  GrantRequest,
  JsonValue,
  OptionSchema,
  Plugin,
  PluginBody,
  PluginContext,
  PluginFetchInit,
  PluginMatch,
  PluginMessage,
  PluginMeta,
  PluginOptions,
  PluginStore,
  Verdict,
  VerdictResult,
} from "./lib/plugin/api.ts";

export { testPlugin } from "./lib/plugin/tools/harness.ts";
export type { TestSteps } from "./lib/plugin/tools/harness.ts";
export type { RunPluginCasesOptions } from "./lib/plugin/tools/run_cases.ts";

// What everything stands on
export type { Clock } from "./lib/async/clock.ts";
export type { Brand, Bytes } from "./lib/bytes/brand.ts";
export type { RandomSource } from "./lib/crypto/random.ts";
export type { NodeAddress } from "./lib/message/node_address.ts";
export type { PacketSizeName } from "./lib/message/packet_size.ts";

// Streams
export { listenStreams, openStream } from "./lib/stream/open.ts";
export type {
  ListenStreamsOptions,
  OpenStreamOptions,
  StreamListener,
  StreamSurroundings,
} from "./lib/stream/open.ts";
export type {
  DialOptions,
  ListenOptions,
  StreamOptions,
} from "./lib/stream/hub_options.ts";
export type { NymStream, StreamProgress } from "./lib/stream/stream.ts";
export type { SendProgress } from "./lib/stream/send_buffer.ts";
export { RESET_REASON } from "./lib/stream/segment.ts";
export type { ResetReason } from "./lib/stream/segment.ts";
