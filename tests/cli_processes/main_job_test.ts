import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { pattern } from "../support/mixnet_clients.ts";
import { Testbed, together } from "../support/testbed.ts";
import { talk } from "../support/websocket_program.ts";

Deno.test("the main job: two clients, their messages, and programs that talk to them", async (t) => {
  await using bed = await Testbed.create();
  const network = await bed.network("--port", "0", "--gateways", "2");
  const { apiUrl } = network;
  assertMatch(apiUrl, /^http:\/\/127\.0\.0\.1:\d+\/api\/$/);

  // A client at each gateway.
  const sender = await bed.init("sender", "--network", apiUrl);
  const gateways = await bed.nymwire([
    "gateways",
    "list",
    "--all",
    "--json",
    "--network",
    apiUrl,
  ]);
  const elsewhere = jsonLines(gateways.stdout)
    .map(({ identity }) => String(identity))
    .find((identity) => !sender.endsWith(`@${identity}`));
  const receiver = await bed.init(
    "receiver",
    "--network",
    apiUrl,
    "--gateway",
    elsewhere!,
  );
  assertNotEquals(receiver.split("@")[1], sender.split("@")[1]);
  const running = await Promise.all([bed.run("sender"), bed.run("receiver")]);
  const [, { url }] = running;

  await t.step("a message goes from send to listen", async () => {
    const [listen, send] = await Promise.all([
      bed.nymwire([
        "listen",
        "--id",
        "receiver",
        "--first",
        "--timeout",
        "200s",
      ]),
      bed.nymwire(["send", "--id", "sender", "--to", receiver, "hello"]),
    ]);
    assertEquals(send, { ...send, code: 0, stdout: "", stderr: "" });
    assertEquals(listen, { ...listen, code: 0, stdout: "hello\n", stderr: "" });
  });

  await t.step(
    "a file of a million bytes arrives to the last bit",
    async () => {
      const file = bed.path("file");
      const body = pattern(1_000_000);
      await Deno.writeFile(file, body);
      const [listen, send] = await Promise.all([
        bed.nymwire([
          "listen",
          "--id",
          "receiver",
          "--first",
          "--raw",
          "--timeout",
          "200s",
        ]),
        bed.nymwire([
          "send",
          "--id",
          "sender",
          "--to",
          receiver,
          "--file",
          file,
        ]),
      ]);
      assertEquals(send.code, 0, send.stderr);
      assertEquals(listen.code, 0, listen.stderr);
      assertEquals(listen.bytes.length, body.length);
      assertEquals(listen.bytes, body);
    },
  );

  await t.step(
    "a program gets its address and its own message back",
    async () => {
      await using program = await talk(url);
      program.say({ type: "selfAddress" });
      assertEquals(await program.hear(), {
        type: "selfAddress",
        address: receiver,
      });
      program.say({ type: "send", message: "to myself", recipient: receiver });
      assertEquals(await program.hear(), {
        type: "received",
        message: "to myself",
        senderTag: null,
      });
    },
  );

  await t.step(
    "what a program sends comes out of listen, and the other way round",
    async () => {
      await using program = await talk(url);
      program.say({
        type: "send",
        message: "from a program",
        recipient: sender,
      });
      const listen = await bed.nymwire([
        "listen",
        "--id",
        "sender",
        "--first",
        "--timeout",
        "200s",
      ]);
      assertEquals(listen.stdout, "from a program\n");
      await bed.nymwire(["send", "--id", "sender", "--to", receiver, "ünï"]);
      assertEquals(await program.hear(), {
        type: "received",
        message: "ünï",
        senderTag: null,
      });
    },
  );

  await t.step(
    "JSON of the wrong shape is answered, and the connection kept",
    async () => {
      await using program = await talk(url);
      const strange = `${receiver.split("@")[0]}@${unknownKey}`;
      const wrong: readonly (readonly [string, RegExp])[] = [
        ["nonsense", /^malformed request:/],
        ["{}", /^malformed request:missing field `type`/],
        ["[]", /^malformed request:/],
        ['{"type":"nonsense"}', /^malformed request:unknown variant/],
        ['{"type":"send"}', /^malformed request:missing field `message`/],
        [
          '{"type":"send","message":7,"recipient":"x"}',
          /^malformed request:invalid type/,
        ],
        [
          '{"type":"send","message":"x","recipient":"x"}',
          /^malformed request:recipient is malformed/,
        ],
        [
          JSON.stringify({ type: "send", message: "x", recipient: strange }),
          /it is not on the network/,
        ],
      ];
      for (const [request, expected] of wrong) {
        program.say(request);
        const { type, message, ...rest } = await program.hear();
        assertEquals({ type, rest }, { type: "error", rest: {} }, request);
        assertMatch(String(message), expected);
      }
      program.say({ type: "selfAddress" });
      assertEquals((await program.hear()).address, receiver);
    },
  );

  await together(t, {
    "whoami tells the address, from the home and from the client": async () => {
      const [read, asked, at] = await Promise.all([
        bed.nymwire(["whoami", "--id", "receiver"]),
        bed.nymwire(["whoami", "--id", "receiver", "--check", "--json"]),
        bed.nymwire(["whoami", "--url", url]),
      ]);
      assertEquals(read, { ...read, code: 0, stdout: `${receiver}\n` });
      assertEquals(jsonLines(asked.stdout)[0]!.address, receiver);
      assertEquals(at, { ...at, code: 0, stdout: `${receiver}\n` });
    },
    "a recipient at a gateway that is not there fails at once, with its network's name":
      async () => {
        const to = `${receiver.split("@")[0]}@${unknownKey}`;
        const inProcess = await bed.init("alone", "--network", apiUrl);
        assertMatch(inProcess, /@/);
        for (const id of ["sender", "alone"]) {
          const send = await bed.nymwire(["send", "--id", id, "--to", to, "x"]);
          assertEquals(send.code, 7, send.stderr);
          assertStringIncludes(send.stderr, "not on the network");
          assertStringIncludes(send.stderr, apiUrl);
          assertStringIncludes(send.stderr, "(not sent)");
        }
      },
    "an address that is none is refused": async () => {
      for (
        const to of ["nonsense", `${receiver}x`, receiver.replace("@", ".")]
      ) {
        const send = await bed.nymwire([
          "send",
          "--id",
          "sender",
          "--to",
          to,
          "x",
        ]);
        assertEquals(send.code, 7, send.stderr);
        assertStringIncludes(send.stderr, "(not sent)");
        assertMatch(send.stderr, /^error: .*\nhint: .*\n$/);
      }
    },
    "another client's address is not that of the home": async () => {
      const send = await bed.nymwire([
        "send",
        "--id",
        "sender",
        "--url",
        url,
        "--to",
        "self",
        "x",
      ]);
      assertEquals(send.code, 4);
      assertStringIncludes(send.stderr, receiver.slice(0, 6));
      assertStringIncludes(send.stderr, sender.slice(0, 6));
    },
    "a home is held by one process, a port by one program": async () => {
      const { port } = new URL(url);
      await bed.init("third", "--network", apiUrl);
      const [again, taken, network] = await Promise.all([
        bed.nymwire(["run", "--id", "sender", "--port", "0"]),
        bed.nymwire(["run", "--id", "third", "--port", port]),
        bed.nymwire(["network", "up", "--port", port], {
          env: { NYMWIRE_HOME: bed.path("elsewhere") },
        }),
      ]);
      assertEquals(again.code, 4);
      assertStringIncludes(
        again.stderr,
        `process ${running[0].process.pid} holds it`,
      );
      for (const { code, stdout, stderr } of [taken, network]) {
        assertEquals({ code, stdout }, { code: 4, stdout: "" });
        assertStringIncludes(stderr, `127.0.0.1:${port}: port is taken`);
      }
    },
    "one base has one network": async () => {
      const second = await bed.nymwire(["network", "up"]);
      assertEquals({ ...second, stderr: "" }, {
        ...second,
        code: 4,
        stdout: "",
        stderr: "",
      });
    },
  });

  await t.step("everything ends in order when it is told to", async () => {
    const [ran, up] = await Promise.all([
      Promise.all(running.map(({ process }) => process.end())),
      network.process.end(),
    ]);
    assertEquals(ran.map(({ code }) => code), [0, 0]);
    assertEquals(up.code, 0);
    assertEquals(await bed.leftTemporary(), []);
  });
});

/** A key that no gateway has. */
const unknownKey = "3CMjgMsvyVQLERvKd8MTHYynjrzS69Kvk3w5AwKRcXrz";

function jsonLines(text: string): Record<string, unknown>[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
