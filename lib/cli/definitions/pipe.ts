import { UsageError } from "../../errors.ts";
import { parsePatience } from "../parse/duration.ts";
import { parseHostPort } from "../parse/host_port.ts";
import { wholeNumber } from "../parse/number.ts";
import { shellWords } from "../parse/shell_words.ts";
import {
  excludes,
  needs,
  talkCommand,
  valueOption,
  withDefault,
} from "./common.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `pipe`. */
export function definePipe() {
  return talkCommand("pipe")
    .argument("[input]", "- reads standard input even from a terminal")
    .option("--to <address>", "call the listener there")
    .option("--to-file <file>", "read the listener's address from a file")
    .option("--listen", "wait for a caller")
    .option(
      "--code-file <file>",
      "a secret that both sides know; --listen makes it if it is missing",
    )
    .option("--anyone", "serve callers without a code")
    .option(
      "--keep-open",
      "serve one caller, or one connection, after the other",
    )
    .addOption(withDefault(
      valueOption(
        "--max-callers <n>",
        "serve up to n callers of --exec or --tcp at once",
        wholeNumber(1, 256),
      ),
      "16",
    ))
    .addOption(valueOption(
      "--exec <command>",
      "let each caller speak with this program",
      shellWords,
    ))
    .addOption(valueOption(
      "--tcp <host:port>",
      "connect each caller to this server",
      parseHostPort,
    ))
    .addOption(valueOption(
      "--tcp-listen <port>",
      "call the listener for each connection to this port of this machine",
      wholeNumber(0, 65_535),
    ))
    .addOption(withDefault(
      valueOption(
        "--idle <duration>",
        "how long the other side may be silent",
        parsePatience,
      ),
      "2m",
    ));
}

/** The command `pipe`, as parsed. */
export type PipeCommand = Parsed<"pipe", typeof definePipe> & {
  /** The word behind the options, if any. */
  readonly input: string | undefined;
};

/** Refuse combinations without meaning. */
export function checkPipe(command: PipeCommand): PipeCommand {
  excludes(command, "--listen", "--to", "--to-file", "--tcp-listen");
  excludes(command, "--to", "--to-file");
  excludes(command, "--exec", "--tcp");
  excludes(command, "--anyone", "--code-file");
  for (const flag of ["--anyone", "--exec", "--tcp", "--max-callers"]) {
    needs(command, flag, "--listen");
  }
  needs(command, "--max-callers", "--keep-open");
  needs(command, "--network", "--ephemeral");
  checkInput(command);
  checkCaller(command);
  if (command.listen) checkGuard(command);
  return command;
}

/** Whether standard input and output are the stream: otherwise a program or a connection is. */
export function isStdio(
  { exec, tcp, tcpListen }: Pick<PipeCommand, "exec" | "tcp" | "tcpListen">,
): boolean {
  return exec === undefined && tcp === undefined && tcpListen === undefined;
}

function checkInput(command: PipeCommand): void {
  const { input } = command;
  if (input === undefined) return;
  if (input !== "-") {
    throw new UsageError(
      `Cannot pipe ${JSON.stringify(input)}: need - or nothing`,
      {
        hint: "Give the bytes on standard input: nymwire pipe … < file",
      },
    );
  }
  if (isStdio(command)) return;
  throw new UsageError(
    "Cannot use - together with --exec, --tcp or --tcp-listen",
    { hint: "Leave one of them out" },
  );
}

function checkCaller({ listen, keepOpen, tcpListen }: PipeCommand): void {
  if (!keepOpen || listen || tcpListen !== undefined) return;
  throw new UsageError(
    "Cannot use --keep-open without --listen or --tcp-listen",
    { hint: "Leave it out: a caller with standard input calls once" },
  );
}

/** A program or a server is not for whoever finds the address. */
function checkGuard({ codeFile, anyone, exec, tcp }: PipeCommand): void {
  if (codeFile !== undefined || anyone || !(exec || tcp)) return;
  throw new UsageError(
    `Cannot use ${exec ? "--exec" : "--tcp"} without --code-file`,
    {
      hint:
        "Add --code-file <file> on both sides, or --anyone to serve whoever knows the address",
    },
  );
}

/** `pipe`, from its words to its object. */
export function pipeLeaf(): Leaf {
  const pipe = definePipe();
  return leaf(
    pipe,
    () => ({ kind: "pipe", input: pipe.processedArgs[0], ...pipe.opts() }),
    checkPipe,
  );
}
