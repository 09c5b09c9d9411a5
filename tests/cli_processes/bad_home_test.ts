import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { encodePem } from "../../lib/home/pem.ts";
import { writeHome } from "../cli/home_fixture.ts";
import { closedPort, Testbed, together } from "../support/testbed.ts";

/** What happens to a home, and what is said of it. Paths start in the home; `FILE` stands for the whole path of the first. */
interface Damage {
  readonly file: string;
  readonly damage: (path: string) => Promise<unknown>;
  readonly code: number;
  readonly says: string;
  /** Whether `whoami` can do without. */
  readonly whoamiLives?: boolean;
}

const remove = (path: string) => Deno.remove(path);
const garble = (path: string) => Deno.writeTextFile(path, "garbage\n");

/** What even root cannot read as a file. */
async function block(path: string): Promise<void> {
  await Deno.remove(path);
  await Deno.mkdir(path);
}

function replace(from: string | RegExp, to: string) {
  return async (path: string) => {
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(from, to));
  };
}

const CONFIG = "config/config.toml";
const DAMAGES: Readonly<Record<string, Damage>> = {
  "a config.toml that is no TOML": {
    file: CONFIG,
    damage: (path) => Deno.writeTextFile(path, "[client]\nid = 'alice\n"),
    code: 2,
    says: "FILE:2:",
  },
  "a config.toml with a wrong value": {
    file: CONFIG,
    damage: replace(/^listening_port = .*/m, "listening_port = 'one'"),
    code: 2,
    says: "socket.listening_port: need a whole number",
    whoamiLives: true,
  },
  "a config.toml with a wrong key": {
    file: CONFIG,
    damage: replace("listening_port", "listenin_port"),
    code: 2,
    says: "socket.listenin_port: there is no such setting",
    whoamiLives: true,
  },
  "a config.toml that cannot be read": {
    file: CONFIG,
    damage: block,
    code: 2,
    says: "Cannot read FILE",
  },
  "no private identity key": {
    file: "data/private_identity.pem",
    damage: remove,
    code: 2,
    says: "Cannot read key file FILE: it is missing",
  },
  "no public identity key": {
    file: "data/public_identity.pem",
    damage: remove,
    code: 2,
    says: "Cannot read key file FILE: it is missing",
  },
  "no private encryption key": {
    file: "data/private_encryption.pem",
    damage: remove,
    code: 2,
    says: "Cannot read key file FILE: it is missing",
  },
  "no acknowledgement key": {
    file: "data/ack_key.pem",
    damage: remove,
    code: 2,
    says: "Cannot read key file FILE: it is missing",
    whoamiLives: true,
  },
  "a public key that cannot be read": {
    file: "data/public_encryption.pem",
    damage: block,
    code: 2,
    says: "Cannot read key file FILE",
  },
  "a private key that is none": {
    file: "data/private_encryption.pem",
    damage: garble,
    code: 2,
    says: "Cannot read key file FILE",
  },
  "key halves that disagree": {
    file: "data/public_identity.pem",
    damage: (path) =>
      Deno.writeTextFile(
        path,
        encodePem("ED25519 PUBLIC KEY", generateEd25519(systemRandom).public),
      ),
    code: 12,
    says: "FILE does not belong to",
  },
  "no gateway": {
    file: "data/gateways_registrations.sqlite",
    damage: remove,
    code: 2,
    says: "Cannot open FILE: it is missing",
  },
  "an empty database": {
    file: "data/gateways_registrations.sqlite",
    damage: (path) => Deno.truncate(path),
    code: 2,
    says: "Cannot open FILE: it is empty",
  },
  "a damaged database": {
    file: "data/gateways_registrations.sqlite",
    damage: garble,
    code: 2,
    says: "Cannot open FILE",
  },
};

Deno.test("a home that is damaged is told of, file by file, and left as it is", async (t) => {
  await using bed = await Testbed.create();
  const port = closedPort();
  let number = 0;
  await together(
    t,
    Object.fromEntries(
      Object.entries(DAMAGES).map(([name, damage]) => [name, async () => {
        const id = `home${number++}`;
        await writeHome(bed.base, id, { port });
        const path = `${bed.base}/clients/${id}/${damage.file}`;
        await damage.damage(path);
        const before = await snapshot(`${bed.base}/clients/${id}`);
        const says = damage.says.replace("FILE", path);

        const [run, whoami] = await Promise.all([
          bed.nymwire(["run", "--id", id, "--port", "0"]),
          bed.nymwire(["whoami", "--id", id]),
        ]);
        const send = await bed.nymwire([
          "send",
          "--id",
          id,
          "--to",
          "self",
          "x",
        ]);
        for (const { code, stdout, stderr } of [run, send]) {
          assertEquals([code, stdout], [damage.code, ""], stderr);
          assertMatch(stderr, /^error: Cannot .+\nhint: .+\n$/);
          assertStringIncludes(stderr, says);
        }
        assertStringIncludes(send.stderr, "(not sent)");
        const lives = damage.whoamiLives ?? false;
        assertEquals(whoami.code, lives ? 0 : damage.code, whoami.stderr);
        if (!lives) assertStringIncludes(whoami.stderr, says);
        assertEquals(await snapshot(`${bed.base}/clients/${id}`), before);
      }]),
    ),
  );
});

/** Every file of the official client's, its size and when it changed; without what SQLite keeps beside its files. */
async function snapshot(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const room of ["config", "data"]) {
    for await (const { name } of Deno.readDir(`${folder}/${room}`)) {
      if (/-(shm|wal)$/.test(name)) continue;
      const { size, mtime } = await Deno.stat(`${folder}/${room}/${name}`);
      found.push(`${room}/${name} ${size} ${mtime?.getTime()}`);
    }
  }
  return found.toSorted();
}
