import { assertEquals } from "@std/assert";
import { connectMailbox } from "../../lib/mailbox/connect.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { startChannel, TOKEN } from "../support/channel_fixture.ts";
import { ADDRESS } from "../support/memory_mailbox.ts";
import { StockDouble } from "../support/stock_double.ts";

Deno.test("connectMailbox() opens any nym-client without a token, and ours with one", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using stock = await connectMailbox({ url: double.url });
  assertEquals(stock.strongestStage, "flushed");
  await using channel = await startChannel();
  await using own = await connectMailbox({
    url: channel.server.url,
    token: TOKEN,
  });
  assertEquals(own.strongestStage, "acked");
});

Deno.test("connectMailbox() that is to reconnect does", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using mailbox = await connectMailbox({
    url: double.url,
    reconnect: true,
  });
  assertEquals(formatRecipient(mailbox.address), ADDRESS);
  const states = mailbox.states()[Symbol.asyncIterator]();
  double.disconnect();
  let state = await states.next();
  while (state.value?.kind !== "connected") state = await states.next();
  assertEquals(double.connections, 2);
});
