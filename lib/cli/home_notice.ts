import { formatDuration } from "../home/duration.ts";
import type { MovedPath } from "../home/locate.ts";
import type { HomeNotice } from "../home/open_home.ts";
import type { Output } from "./output.ts";
import { plural } from "./plural.ts";

/** What changes nothing is for those who ask, what is well for those who look; a loss is for everyone. */
export async function tellNotice(
  notice: HomeNotice,
  output: Output,
): Promise<void> {
  const text = sayNotice(notice);
  switch (notice.kind) {
    case "recalled":
      return await output.detail(text);
    case "tightened":
    case "takenOver":
      return await output.say(text);
    case "moved":
    case "copied":
      return await output.warn(text);
    case "setAside":
    case "givenUp":
    case "killed":
    case "damagedReplies":
      return await output.alarm(text);
    default:
      notice satisfies never;
  }
}

function sayNotice(notice: HomeNotice): string {
  switch (notice.kind) {
    case "tightened": {
      const { path, from } = notice.tightened;
      return `${path} was open to others (mode ${
        from.toString(8)
      }); now it is not`;
    }
    case "moved":
      return sayMoved(notice.paths);
    case "copied":
      return `this home is a copy of ${notice.of}, whose files its config.toml names: its own are used; both are the same client and must never run at once; nymwire upgrade corrects what config.toml says`;
    case "setAside":
      return `a damaged database was put aside as ${notice.path}; a new one takes its place`;
    case "givenUp":
      return `this home was copied or put back: ${
        plural(notice.blocks, "reply block")
      } of others, which may have been used since, cannot be used here; to answer them, wait until they write again`;
    case "killed":
      return "the official client runs in this home, or was killed there: what it kept of replies is not used";
    case "damagedReplies":
      return `${notice.path} is damaged: what the official client kept of replies is not used`;
    case "takenOver":
      return `took over ${plural(notice.blocks, "reply block")} and ${
        plural(notice.keys, "reply key")
      } of the official client`;
    case "recalled": {
      const age = formatDuration(Math.round(notice.age / 1000) * 1000);
      const what = `the network as the directory told it ${age} ago`;
      return notice.failure === undefined
        ? `using ${what}`
        : `${notice.failure}; using ${what}`;
    }
    default:
      return notice satisfies never;
  }
}

function sayMoved(paths: readonly MovedPath[]): string {
  const [{ from, to }] = paths as [MovedPath];
  const more = paths.length === 1
    ? ""
    : `, and so on for ${paths.length} files`;
  return `${from} is not there: using ${to} instead${more}; nymwire upgrade corrects what config.toml says`;
}
