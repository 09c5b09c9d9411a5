import { equal } from "../bytes/equal.ts";
import type {
  IncomingMessage,
  Mailbox,
  OutgoingMessage,
  Sending,
} from "../mailbox/mailbox.ts";
import type { SenderTag } from "../message/sender_tag.ts";

/** A question on its way, perhaps for the second time, and what came back. Plugins can make several messages of it. */
export class Question {
  readonly mailbox: Mailbox;
  readonly messages: readonly OutgoingMessage[];
  readonly mark: QuestionMark;
  readonly signal: AbortSignal;
  readonly sendings: Sending[] = [];
  answers = 0;
  /** Whether it has come as far as the client can tell. */
  isThere = false;

  /** Nothing is sent before {@linkcode Question.send}. */
  constructor(
    mailbox: Mailbox,
    messages: readonly OutgoingMessage[],
    mark: QuestionMark,
    signal: AbortSignal,
  ) {
    this.mailbox = mailbox;
    this.messages = messages;
    this.mark = mark;
    this.signal = signal;
  }

  /** Changes with everything that moves. */
  get progress(): number {
    return this.sendings.reduce(
      (sum, { progress = 0 }) => sum + progress,
      this.answers + this.sendings.length,
    );
  }

  /** What is waited for, in words after "waiting for". */
  get waitedFor(): string {
    const isAcked = this.mailbox.strongestStage === "acked";
    if (!this.isThere) {
      return isAcked
        ? "the recipient's gateway to acknowledge the question"
        : "the question to leave";
    }
    return isAcked
      ? "the recipient, whose gateway has the question"
      : "the recipient; the question has left";
  }

  /** Ask, or ask again. */
  async *send(
    signal: AbortSignal,
  ): AsyncGenerator<{ message: OutgoingMessage; sending: Sending }> {
    const before = this.sendings.slice(0, this.messages.length);
    for (const [index, message] of this.messages.entries()) {
      const resendOf = before[index]?.id;
      const sending = await this.mailbox.send({ ...message, resendOf }, {
        signal,
      });
      this.sendings.push(sending);
      yield { message, sending };
    }
  }
}

/** What an answer to a question is known by. */
export interface QuestionMark {
  /** When it was asked, in milliseconds since 1970. */
  readonly askedAt: number;
  /** Our tag in it. */
  readonly senderTag: SenderTag;
}

/** Whether a message answers the question with this mark. Clients that do not tell are believed to have one question at a time. */
export function isAnswer(
  { stored, receivedAt, isReply, senderTag, answers }: IncomingMessage,
  { askedAt, senderTag: own }: QuestionMark,
): boolean {
  if (answers !== undefined) return equal(answers, own);
  // What came while one client took over from another is stored too.
  const isNew = !stored || receivedAt >= askedAt;
  return isNew && (isReply ?? senderTag === undefined);
}
