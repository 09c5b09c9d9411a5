import type { Clock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { DebugConfig } from "../home/debug.ts";
import type { ClientKeys } from "../home/keys.ts";
import { StateBoard } from "../mailbox/states.ts";
import type { Recipient } from "../message/recipient.ts";
import { Composer } from "./composer.ts";
import { Deliveries } from "../mailbox/deliveries.ts";
import type { Connect } from "./dial.ts";
import { GatewaySession } from "./gateway_session.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { Outgoing } from "./outgoing.ts";
import { OwnCover } from "./own_cover.ts";
import { PacketFactory } from "./packet_factory.ts";
import { Receiver } from "./receiver.ts";
import { ReplyKeys, type SurbOrigin } from "./reply_keys.ts";
import { RotationWatch } from "./rotation_watch.ts";
import { SenderTags } from "./sender_tags.ts";
import type { ClientStores } from "../home/stores.ts";
import { SurbGrants } from "./surb_grants.ts";
import { SurbStock } from "./surb_stock.ts";
import type { TopologyKeeper } from "./topology_keeper.ts";
import { Traffic } from "./traffic.ts";

/** A gateway that takes longer to answer is as good as gone, whatever the settings say, in milliseconds. */
const MAX_RESPONSE_MS = 15_000;

/** What a client is made from. */
export interface AssembleOptions {
  clock: Clock;
  random: RandomSource;
  keys: ClientKeys;
  address: Recipient;
  /** The key that the gateway shares with the client. */
  sharedKey: Bytes;
  settings: DebugConfig;
  stores: ClientStores;
  keeper: TopologyKeeper;
  /** Where the gateway can be reached now. */
  listeners: () => readonly string[];
  connect: Connect;
  reconnect: boolean;
  onRegistered: ((sharedKey: Bytes) => void) | undefined;
}

/** The parts of a client, joined to each other. Nothing runs yet. */
export interface ClientParts extends
  Pick<
    AssembleOptions,
    "clock" | "random" | "address" | "settings" | "keeper"
  > {
  readonly session: GatewaySession;
  readonly outbox: Outbox;
  readonly traffic: Traffic;
  readonly inbox: Inbox;
  readonly receiver: Receiver;
  readonly deliveries: Deliveries;
  readonly composer: Composer;
  readonly factory: PacketFactory;
  readonly grants: SurbGrants;
  readonly replyKeys: ReplyKeys;
  readonly states: StateBoard;
  /** What runs in the background. */
  readonly tasks: TaskSet;
  /** Ends it. */
  readonly stop: AbortController;
  /** Resolves with why something in the background cannot go on. */
  readonly failed: Promise<unknown>;
}

/** Make the parts of a client and join them. */
export function assemble(options: AssembleOptions): ClientParts {
  const { clock, random, keys, address, settings, stores, keeper } = options;
  const failure = Promise.withResolvers<unknown>();
  const stop = new AbortController();
  const tasks = new TaskSet((reason) => {
    if (!stop.signal.aborted) failure.resolve(reason);
  });
  const states = new StateBoard();
  const deliveries = new Deliveries(stores.inbox);
  const stock = new SurbStock(stores.surbs);
  const tags = new SenderTags(stores.senderTags, random);
  const replyKeys = new ReplyKeys({
    store: stores.replyKeys,
    clock,
    maximumAge: settings.replySurbs.maximumReplyKeyAge,
  });
  const factory = new PacketFactory({
    keys,
    self: address,
    settings,
    topology: () => keeper.topology(),
    random,
  });
  const ownCover = new OwnCover();
  const composer = new Composer({ clock, factory, replyKeys, tags });
  const outbox = new Outbox({
    clock,
    random,
    settings,
    self: address,
    factory,
    stock,
    ownCover,
    onLoss: () => keeper.suspect(),
  });
  const sendGrant = async (origin: SurbOrigin, count: number) => {
    const parts = await composer.composeGrant(origin, count, stop.signal);
    const cut = factory.cut(parts);
    const { recipient } = origin;
    const target = { kind: "recipient", recipient } as const;
    const message = outbox.add(
      cut,
      target,
      "additionalReplySurbs",
      (onFailed) =>
        new Outgoing("", cut.fragments.length, {
          onOver: () => message.failed && onFailed(),
          onRoom: () => {},
        }),
    );
    await message.reached("flushed", stop.signal);
  };
  const grants = new SurbGrants({
    tags,
    maximum: settings.replySurbs.maximumAllowedReplySurbRequestSize,
    send: sendGrant,
  });
  const receiver = new Receiver({
    clock,
    random,
    store: stores.inbox,
    deliveries,
    stock,
    onSurbs: (tag, surbs, how) => outbox.replies.received(tag, surbs, how),
    onSurbRequest: (recipient, amount, origin) =>
      tasks.add(grants.answer(recipient, amount, origin)),
  });
  const inbox = new Inbox({
    keys,
    replyKeys,
    ownCover,
    store: stores.inbox,
    clock,
    onAck(id) {
      outbox.acknowledged(id);
      // There may be room for more packets without an acknowledgement.
      traffic.wake();
    },
    onMessage: (message, setIds, origin) =>
      receiver.receive(message, setIds, origin),
  });
  const session = new GatewaySession({
    ...options,
    identity: keys.identity,
    gateway: address.gateway,
    timeout: Math.min(
      settings.gatewayConnection.gatewayResponseTimeout,
      MAX_RESPONSE_MS,
    ),
    onPush: (payload) => inbox.receive(payload),
    onState: (state) => states.tell(state),
    onUnreachable: (signal) => keeper.refresh(signal).catch(() => {}),
  });
  const traffic = new Traffic({
    clock,
    random,
    settings,
    outbox,
    session,
    keeper,
  });
  const rotations = new RotationWatch({
    clock,
    onRotated: () => outbox.replies.rotate(),
    onView: (view) => outbox.replies.expire(view),
  });
  keeper.onChange((state) => {
    traffic.topologyChanged();
    if (state !== undefined) rotations.observe(state);
  });
  if (keeper.state !== undefined) rotations.observe(keeper.state);
  return {
    clock,
    random,
    address,
    settings,
    keeper,
    session,
    outbox,
    traffic,
    inbox,
    receiver,
    deliveries,
    composer,
    factory,
    grants,
    replyKeys,
    states,
    tasks,
    stop,
    failed: failure.promise,
  };
}
