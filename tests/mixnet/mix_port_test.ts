import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import { Counters } from "../../lib/mixnet/counters.ts";
import { Gate } from "../../lib/mixnet/gate.ts";
import { MixPort } from "../../lib/mixnet/mix_port.ts";
import { connectTcp } from "../../lib/transport/tcp.ts";

Deno.test("MixPort refuses connections beyond its bound, and takes new ones when others have ended", async () => {
  const counters = new Counters();
  await using port = MixPort.open("127.0.0.1", 0, {
    clock: systemClock,
    counters,
    gate: new Gate(),
    onFrame: () => {},
    onFailure: reportError,
    maxConnections: 2,
  });
  const connect = () => connectTcp({ host: "127.0.0.1", port: port.port });
  const first = await connect();
  await using _second = await connect();
  await using third = await connect();
  assertEquals(await Array.fromAsync(third.chunks), []);
  assertEquals(counters.get("refusedConnections"), 1);
  first.close();
  for (;;) {
    await using fourth = await connect();
    await fourth.write(Uint8Array.of(0));
    try {
      await Array.fromAsync(fourth.chunks);
    } catch {
      // A port that closes with bytes unread resets the connection.
    }
    if (counters.get("malformedFrames") === 1) break;
  }
});
