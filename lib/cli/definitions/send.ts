import { Option } from "commander";
import { UsageError } from "../../errors.ts";
import { parseDuration } from "../parse/duration.ts";
import { parseSize } from "../parse/size.ts";
import {
  excludes,
  listOption,
  needs,
  talkCommand,
  valueOption,
  withDefault,
} from "./common.ts";
import {
  grantOption,
  onErrorOption,
  pluginOption,
  setOption,
  trustOption,
} from "./plugin_options.ts";
import type { Parsed } from "./parsed.ts";
import { surbsOrAuto } from "./surbs.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** How `--split` cuts a body into messages. */
export const SPLIT_MODES = ["whole", "lines", "nul", "ndjson"] as const;

/** What `--wait` may wait for. */
export const WAIT_STAGES = ["none", "queued", "flushed", "acked"] as const;

/** Define `send`. */
export function defineSend() {
  return talkCommand("send", "60s without progress")
    .argument("[text...]", "the message; without it, from --file or stdin")
    .addOption(listOption(
      "--to <address>",
      "who gets it, 'self' for this client; may repeat",
    ))
    .option("--to-file <file>", "read the recipients from a file, one a line")
    .option("--reply-to <tag>", "answer the anonymous sender with this tag")
    .addOption(listOption("--file <file>", "send this file; may repeat"))
    .addOption(withDefault(
      new Option(
        "--split <how>",
        "cut the body into messages, which may overtake each other",
      ).choices(SPLIT_MODES),
      "whole",
    ))
    .option("--allow-empty", "send empty messages too")
    .addOption(withDefault(
      valueOption(
        "--surbs <n|auto>",
        "attach this many reply blocks, so that it can be answered",
        surbsOrAuto,
      ),
      "0",
    ))
    .addOption(withDefault(
      valueOption(
        "--reply-size <size>",
        "the answer that --surbs auto makes room for",
        parseSize,
      ),
      "1KB",
    ))
    .addOption(withDefault(
      new Option("--wait <stage>", "the stage to wait for")
        .choices(WAIT_STAGES),
      "the strongest that the client can tell",
    ))
    .addOption(valueOption(
      "--jitter <duration>",
      "wait a random while up to this first",
      parseDuration,
    ))
    .addOption(pluginOption())
    .addOption(setOption())
    .addOption(grantOption())
    .addOption(trustOption())
    .addOption(onErrorOption("fail"))
    .option("--dry-run", "show what would be sent, and send nothing");
}

/** The command `send`, as parsed. */
export type SendCommand =
  & Parsed<"send", typeof defineSend>
  & { readonly text: readonly string[] };

/** Refuse combinations without meaning. */
export function checkSend(command: SendCommand): SendCommand {
  if (command.text.length > 0 && command.file !== undefined) {
    throw new UsageError("Cannot use --file together with a message text", {
      hint: "Leave one of them out",
    });
  }
  excludes(command, "--reply-to", "--to", "--to-file", "--surbs");
  excludes(command, "--dry-run", "--wait", "--jitter");
  needs(command, "--network", "--ephemeral");
  if (command.replySize !== undefined && command.surbs !== "auto") {
    throw new UsageError("Cannot use --reply-size without --surbs auto", {
      hint: "Add --surbs auto, or leave --reply-size out",
    });
  }
  return command;
}

/** `send`, from its words to its object. */
export function sendLeaf(): Leaf {
  const send = defineSend();
  return leaf(
    send,
    () => ({ kind: "send", text: send.processedArgs[0], ...send.opts() }),
    checkSend,
  );
}
