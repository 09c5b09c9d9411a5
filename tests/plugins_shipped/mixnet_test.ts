import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { broadcast } from "../../examples/tx_broadcast/client.ts";
import { startEsplora } from "../../examples/tx_broadcast/esplora.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { parseGrant } from "../../lib/plugin/grant.ts";
import { openFast, take } from "../support/mixnet_clients.ts";
import { openChain, path, shipped, startService } from "./service.ts";

/** The first payment of all (block 170), and its txid. */
const PAYMENT =
  "0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd3704000000004847304402204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de4860a4acdd12909d831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09c5f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a0626f1baded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a382e97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3ac00000000";
const TXID = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16";

Deno.test("shipped plugins answer through reply blocks, on the embedded mixnet", async (test) => {
  await cryptoReady();
  await using mixnet = await startMixnet();
  await using caller = await openFast(mixnet);

  await test.step("two lines say thanks", async () => {
    const file = path("examples/05_write_a_plugin/thanks.ts");
    await using service = await startService(mixnet, [{
      name: "thanks",
      file,
    }]);
    assertEquals(await ask(service.address, "A present"), "Thanks!");
  });

  await test.step("the chat answers with a line", async () => {
    const options = { address: "bob's", answer: "Back at noon" };
    await using service = await startService(mixnet, [
      shipped("chat", { options }),
    ]);
    const hello = JSON.stringify({ sender: "alice's", chatMessage: "Hello" });
    assertEquals(JSON.parse(await ask(service.address, hello)), {
      sender: "bob's",
      chatMessage: "Back at noon",
    });
    // The answer may be faster than what is printed beside it.
    while (service.lines.length === 0) {
      await new Promise((next) => setTimeout(next, 5));
    }
    assertEquals(service.lines, ["alice's…: Hello"]);
  });

  await test.step("the transaction service answers with the txid, or the refusal", async () => {
    await using esplora = startEsplora();
    const { endpoint } = esplora;
    await using service = await startService(mixnet, [
      shipped("tx_broadcast", {
        options: { endpoint },
        grants: [parseGrant(`net=${new URL(endpoint).host}`)],
      }),
    ]);
    const { address } = service;
    const send = (hex: string) => broadcast(mixnet.apiUrl, address, hex);
    assertEquals(await send(`${PAYMENT}\n`), { txid: TXID });
    assertEquals(await send(PAYMENT), {
      error: "refused by the Bitcoin node: bad-txns-inputs-missingorspent",
    });
    assertEquals(await send(PAYMENT.slice(2)), {
      error: "this is no valid transaction: it ends within: script of an input",
    });
    assertEquals(esplora.taken, [PAYMENT]);
  });

  await test.step("a report is packed on the way out, and unpacked, shown once and echoed on arrival", async () => {
    await using service = await startService(mixnet, [
      shipped("gzip"),
      shipped("echo"),
      shipped("dedupe"),
    ]);
    const report = "/dev/sda1  42%  all is well\n".repeat(100);
    await using packing = await openChain(caller, [shipped("gzip")]);
    const [body] = await packing.outgoing({
      to: service.address,
      body: new TextEncoder().encode(report),
    });
    assertLess(body!.length, report.length / 10);
    assertEquals(await ask(service.address, body!), report);
    assertEquals(await ask(service.address, body!), report);
    assertEquals(service.lines, [report]);
  });

  await test.step("a file is saved under its base name", async () => {
    const folder = await Deno.makeTempDir({ prefix: "nymwire-test-" });
    try {
      await using service = await startService(mixnet, [
        shipped("file_drop", {
          options: { folder },
          grants: [parseGrant(`write=${folder}`)],
        }),
        shipped("archive", {
          options: { folder },
          grants: [parseGrant(`write=${folder}`)],
        }),
      ]);
      const answer = await ask(
        service.address,
        `{"file":"../../note.txt"}\nRemember the milk`,
      );
      assertMatch(answer, /^\{"saved":"note.txt","size":17,"sha256":/);
      const saved = await Deno.readTextFile(`${folder}/note.txt`);
      assertEquals(saved, "Remember the milk");
      await service.chain.close();
      using archive = new DatabaseSync(`${folder}/archive.sqlite`);
      const rows = archive.prepare("SELECT direction, body FROM message").all();
      assertEquals(rows.map(({ direction }) => direction), ["incoming"]);
      const kept = new TextDecoder().decode(rows[0]!["body"] as Uint8Array);
      assertEquals(kept, answer);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  /** Send a message with reply blocks; the answer. */
  async function ask(
    address: string,
    body: string | Uint8Array,
  ): Promise<string> {
    await caller.send({
      target: { kind: "recipient", recipient: parseRecipient(address) },
      body: typeof body === "string" ? new TextEncoder().encode(body) : body,
      surbs: 20,
    });
    const [answer] = await take(caller, 1);
    return new TextDecoder().decode(answer!.body);
  }
});
