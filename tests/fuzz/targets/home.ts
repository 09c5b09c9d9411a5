import { DecodeError, UsageError } from "../../../lib/errors.ts";
import { newConfig } from "../../../lib/home/config.ts";
import { decodeConfig } from "../../../lib/home/config_read.ts";
import { formatConfig } from "../../../lib/home/config_template.ts";
import { decodeKeptAnswers } from "../../../lib/home/directory_cache.ts";
import { homePaths } from "../../../lib/home/paths.ts";
import { decodePem, encodePem } from "../../../lib/home/pem.ts";
import { decodeRunFile } from "../../../lib/home/run_file.ts";
import { readStrictToml } from "../../../lib/home/toml.ts";
import { mutateJson, mutateText } from "../mutate_text.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const ANSWERS = {
  v: 1,
  url: "http://127.0.0.1:8000/api/",
  learnedAt: "2026-05-16T06:27:52Z",
  answers: { "v1/nym-nodes/rewarded-set": "{}", "v2?page=0": "[]" },
};

const LABEL = "X25519 PRIVATE KEY";

const RUN = {
  v: 1,
  pid: 17,
  startedAt: "2026-05-16T06:27:52Z",
  url: "ws://127.0.0.1:1977",
  address: "a.b@c",
  channel: { url: "ws://127.0.0.1:1978", tokenFile: "/tmp/token" },
};

/** Files that another program, another version or a person wrote. */
export function homeTargets(): FuzzTarget[] {
  const { storage } = homePaths("/tmp/home", "x");
  const config = formatConfig(newConfig({
    id: "x",
    storage,
    nymApiUrls: ["https://validator.nymtech.net/api/"],
    nyxdUrls: [],
  }));
  const pem = encodePem(LABEL, new Uint8Array(32).fill(9));
  return [
    fuzzTarget({
      name: "home: run file",
      draw: (random) => mutateJson(random, [RUN]),
      feed: decodeRunFile,
      errors: [],
    }),
    fuzzTarget({
      name: "home: config.toml",
      draw: (random) => mutateText(random, [config]),
      feed: async (text) =>
        decodeConfig(await readStrictToml(text, "config.toml"), "config.toml"),
      errors: [UsageError],
    }),
    fuzzTarget({
      name: "home: key files",
      draw: (random) => mutateText(random, [pem]),
      feed: (text) => decodePem(text, LABEL, 32),
      errors: [DecodeError],
    }),
    fuzzTarget({
      name: "home: kept answers",
      draw: (random) => mutateJson(random, [ANSWERS]),
      feed: decodeKeptAnswers,
    }),
  ];
}
