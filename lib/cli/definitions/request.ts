import { UsageError } from "../../errors.ts";
import { wholeNumber } from "../parse/number.ts";
import { parseSize } from "../parse/size.ts";
import {
  excludes,
  listOption,
  needs,
  onceOption,
  talkCommand,
  valueOption,
  withDefault,
} from "./common.ts";
import {
  checkFraming,
  formatOption,
  joinOption,
  outDirOption,
  rawOption,
} from "./listen.ts";
import type { Parsed } from "./parsed.ts";
import {
  grantOption,
  onErrorOption,
  pluginOption,
  setOption,
  trustOption,
} from "./plugin_options.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `request`. */
export function defineRequest() {
  return talkCommand("request", "60s without progress")
    .argument("[text...]", "the question; without it, from --file or stdin")
    .addOption(onceOption(
      "--to <address>",
      "who is asked, 'self' for this client",
    ))
    .option("--to-file <file>", "read the recipient from a file")
    .addOption(listOption("--file <file>", "send this file"))
    .option("--allow-empty", "send an empty message")
    .addOption(withDefault(
      valueOption("--replies <n>", "wait for n answers", wholeNumber(1)),
      "1",
    ))
    .addOption(withDefault(
      valueOption(
        "--reply-size <size>",
        "how much answer to make room for, in all",
        parseSize,
      ),
      "1KB",
    ))
    .addOption(withDefault(
      valueOption(
        "--retry <n>",
        "ask again up to n times when no answer comes",
        wholeNumber(0, 100),
      ),
      "0",
    ))
    .addOption(joinOption())
    .addOption(rawOption())
    .addOption(formatOption())
    .addOption(outDirOption())
    .addOption(pluginOption())
    .addOption(setOption())
    .addOption(grantOption())
    .addOption(trustOption())
    .addOption(onErrorOption("fail for the question, keep for answers"));
}

/** The command `request`, as parsed. */
export type RequestCommand =
  & Parsed<"request", typeof defineRequest>
  & { readonly text: readonly string[] };

/** Refuse combinations without meaning. */
export function checkRequest(command: RequestCommand): RequestCommand {
  checkFraming(command);
  excludes(command, "--to", "--to-file");
  needs(command, "--network", "--ephemeral");
  if (command.text.length > 0 && command.file !== undefined) {
    throw new UsageError("Cannot use --file together with a message text", {
      hint: "Leave one of them out",
    });
  }
  if ((command.file?.length ?? 0) > 1) {
    throw new UsageError("Cannot ask with several files: need one, have more", {
      hint: "Ask once for each file",
    });
  }
  return command;
}

/** `request`, from its words to its object. */
export function requestLeaf(): Leaf {
  const request = defineRequest();
  return leaf(
    request,
    () => ({
      kind: "request",
      text: request.processedArgs[0],
      ...request.opts(),
    }),
    checkRequest,
  );
}
