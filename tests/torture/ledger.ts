import type { HomeNotice } from "../../lib/home/open_home.ts";
import type { PartyWord } from "./party.ts";

/** What no kill may do to a home. */
const DAMAGE = new Set<HomeNotice["kind"]>([
  "setAside",
  "killed",
  "damagedReplies",
]);

/** What is known of a message on the side that gets it. */
interface Received {
  readonly id: string;
  readonly text: string;
  taken: boolean;
}

/** The words of all lives of both parties, and whether they are true together. */
export class Ledger {
  readonly #acked = new Set<string>();
  readonly #byId = new Map<string, Received>();
  readonly #byText = new Map<string, Received>();
  readonly #broken: string[] = [];
  #repeated = 0;
  #failed = 0;

  /** What does not hold. */
  get broken(): readonly string[] {
    return this.#broken;
  }

  /** Messages that were acknowledged and have not arrived. */
  get missing(): string[] {
    return [...this.#acked].filter((text) => !this.#byText.has(text));
  }

  /** How much happened. */
  get counts() {
    return {
      acked: this.#acked.size,
      received: this.#byId.size,
      replies: [...this.#byText.keys()].filter((text) => text.startsWith("re."))
        .length,
      repeated: this.#repeated,
      failed: this.#failed,
    };
  }

  /** A party has said something. */
  hear(who: string, word: PartyWord): void {
    switch (word.is) {
      case "acked":
        return void this.#acked.add(word.text);
      case "failed":
        return void this.#failed++;
      case "handed":
        return this.#handed(who, word);
      case "taken":
        this.#byId.get(`${who} ${word.id}`)!.taken = true;
        return;
      case "notice":
        if (!DAMAGE.has(word.notice.kind)) return;
        return this.breaks(`${who}: ${JSON.stringify(word.notice)}`);
    }
  }

  #handed(who: string, word: PartyWord & { is: "handed" }): void {
    const { text, redelivered } = word;
    const id = `${who} ${word.id}`;
    const earlier = this.#byText.get(text) ?? this.#byId.get(id);
    if (earlier === undefined) {
      const received = { id, text, taken: false };
      this.#byId.set(id, received);
      this.#byText.set(text, received);
      return;
    }
    this.#repeated++;
    if (earlier.id !== id) {
      this.breaks(`${text} came as ${earlier.id} and as ${id}`);
    }
    if (earlier.text !== text) {
      this.breaks(`${id} said ${earlier.text} and says ${text}`);
    }
    if (!redelivered) this.breaks(`${text} came again without a word of it`);
    if (earlier.taken) this.breaks(`${text} was taken and came again`);
  }

  /** Something does not hold. */
  breaks(what: string): void {
    this.#broken.push(what);
  }
}
