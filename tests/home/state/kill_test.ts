import { assert, assertEquals } from "@std/assert";
import { openState } from "../../../lib/home/state/open_state.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { otherProcess } from "../other_process.ts";
import { tempFolder } from "../../support/temp_folder.ts";

const INSTANTS = 20;

/** What a process says that it has done, and what holds after it was killed. */
interface Said {
  readonly added: Set<number>;
  readonly taking: Set<number>;
  readonly taken: Set<number>;
  readonly used: Set<number>;
  readonly given: Set<number>;
  readonly kept: Set<number>;
}

function said(lines: readonly string[]): Said {
  const of = (word: string) =>
    new Set(
      lines.filter((line) => line.startsWith(`${word} `)).map((line) =>
        Number(line.slice(word.length + 1))
      ),
    );
  return {
    added: of("added"),
    taking: of("taking"),
    taken: of("taken"),
    used: of("used"),
    given: of("given"),
    kept: of("kept"),
  };
}

Deno.test("stores keep their word when the process is killed at any instant", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/state.sqlite`;
  const random = seededRandom(20);
  const lines: string[] = [];
  for (let i = 0; i < INSTANTS; i++) {
    // The process works on while the line is read: it dies at whatever it does then.
    const instant = random(1)[0]! + 1;
    await using writer = await otherProcess("exchange", [path]);
    let seen = 0;
    for await (const line of writer.lines) {
      lines.push(line);
      if (++seen === instant) break;
    }
    lines.push(...await writer.kill());
    await check(path, said(lines));
  }
});

async function check(path: string, word: Said): Promise<void> {
  using state = await openState(path, { now: 0 });
  assertEquals(state.setAside, undefined);
  const { inbox, surbs, replyKeys } = state.stores;
  const waiting = inbox.waiting(0, 1_000_000);
  const ids = new Set(waiting.map(({ id }) => Number(id)));
  for (const id of word.added) {
    assert(ids.has(id) || word.taking.has(id), `message ${id} is lost`);
  }
  for (const id of word.taken) assert(!ids.has(id), `message ${id} is back`);
  // A message is there exactly if its set is finished and its fragments are gone.
  const finished = new Set(inbox.finishedSets());
  const fragments = new Set(
    inbox.fragments().map((bytes) =>
      new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) & 0x7fff_ffff
    ),
  );
  for (const id of ids) assert(finished.has(id), `set ${id} is not finished`);
  for (const id of finished) {
    assert(!fragments.has(id), `set ${id} has fragments`);
    assert(ids.has(id) || word.taking.has(id), `set ${id} has no message`);
  }
  for (const id of word.kept) {
    assert(fragments.has(id) || finished.has(id), `fragments ${id} are lost`);
  }
  const blocks = new Set(surbs.load().map(({ receivedAt }) => receivedAt));
  for (const n of word.used) assert(!blocks.has(n), `block ${n} is back`);
  const keys = new Set(replyKeys.load().map(({ createdAt }) => createdAt));
  for (const n of word.given) assert(keys.has(n), `key ${n} is lost`);
}
