import { assert, assertEquals, assertRejects } from "@std/assert";
import { chooseGateway } from "../../lib/client/choose_gateway.ts";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import {
  ConnectionError,
  EXIT,
  ProtocolError,
  UsageError,
} from "../../lib/errors.ts";
import type { RoutingNode } from "../../lib/topology/node.ts";
import type { Topology } from "../../lib/topology/view.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeGateway } from "../support/fake_gateway.ts";
import { seededRandom } from "../support/seeded_random.ts";

const random = seededRandom(1);

function node(nodeId: number, options: Partial<RoutingNode> = {}): RoutingNode {
  return {
    nodeId,
    identity: random(32),
    sphinxKey: random(32),
    mixHost: { host: "127.0.0.1", port: 1789 },
    entry: { listeners: [`ws://gateway${nodeId}`], tlsListener: undefined },
    performance: 100,
    roles: { mixnode: false, entry: true, exit: true },
    ...options,
  };
}

function network(...nodes: RoutingNode[]): Topology {
  return {
    rotationId: 1,
    epochId: 1,
    refreshedAt: 0,
    layers: [[], [], []],
    gateways: new Map(nodes.map((n) => [encodeBase58(n.identity), n])),
  };
}

Deno.test("chooseGateway() takes any gateway that lets clients in, each as likely", async () => {
  const closed = node(9, { entry: undefined });
  const topology = network(node(1), node(2), node(3), closed);
  const counts = new Map<number, number>();
  for (let i = 0; i < 600; i++) {
    const { nodeId } = await chooseGateway({ topology, random });
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  }
  assertEquals([...counts.keys()].sort(), [1, 2, 3]);
  for (const count of counts.values()) assert(count > 150 && count < 250);
});

Deno.test("chooseGateway() leaves out what it is told to", async () => {
  const [one, two] = [node(1), node(2)];
  const mixing = node(3, {
    roles: { mixnode: true, entry: true, exit: false },
  });
  const chosen = await chooseGateway({
    topology: network(one, two, mixing),
    except: [one.identity],
    leaveOutMixes: true,
    random,
  });
  assertEquals(chosen.nodeId, 2);
  const error = await assertRejects(
    () =>
      chooseGateway({ topology: network(one), except: [one.identity], random }),
    ProtocolError,
  );
  assertEquals(error.exitCode, EXIT.down);
});

Deno.test("chooseGateway() takes the one that is named, or says that it is not there", async () => {
  const [one, two] = [node(1), node(2)];
  const topology = network(one, two);
  const { identity } = two;
  const chosen = await chooseGateway({ topology, identity, random });
  assertEquals(chosen.nodeId, 2);
  const error = await assertRejects(
    () => chooseGateway({ topology, identity: random(32), random }),
    UsageError,
  );
  assertEquals(error.exitCode, EXIT.address);
});

Deno.test("chooseGateway() wants TLS where it is asked for", async () => {
  const entry = { listeners: ["ws://a"], tlsListener: "wss://a" };
  const topology = network(node(1), node(2, { entry }));
  const chosen = await chooseGateway({ topology, tls: true, random });
  assertEquals(chosen.nodeId, 2);
});

Deno.test("chooseGateway() draws among gateways by latency, and leaves out those that do not answer", async () => {
  const clock = new FakeClock();
  const gateway = new FakeGateway(clock);
  const topology = network(node(1), node(2), node(3));
  const counts = new Map<number, number>();
  for (let i = 0; i < 200; i++) {
    const { nodeId } = await chooseGateway({
      topology,
      byLatency: true,
      random,
      clock: slowed(clock),
      connect: (url) =>
        url.endsWith("3")
          ? Promise.reject(new ConnectionError("down"))
          : gateway.connect(url),
    });
    counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
  }
  assertEquals(counts.get(3), undefined);
  assert(counts.get(1)! > 20 && counts.get(2)! > 20);
  await assertRejects(
    () =>
      chooseGateway({
        topology,
        byLatency: true,
        random,
        clock,
        connect: () => Promise.reject(new ConnectionError("down")),
      }),
    ConnectionError,
    "none of 3 answers",
  );
});

/** The same clock, but a millisecond passes whenever somebody looks. */
function slowed(clock: FakeClock): FakeClock {
  return new Proxy(clock, {
    get(target, name) {
      if (name === "now") target.jump(1);
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
