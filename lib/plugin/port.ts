/** The way to a plugin, whichever side of a wall it lives on: lines of JSON both ways. */
export interface PluginPort extends AsyncDisposable {
  /** Tell it a line. Waits while it does not listen; what is told to one that has ended is lost. */
  send(line: string): Promise<void>;
  /** What it says. Ends when it has ended. */
  readonly lines: AsyncIterable<string>;
  /** Resolves once it has ended, with the reason as words that follow its name. */
  readonly ended: Promise<string>;
  /** End it now, for a reason. */
  kill(reason: string): void;
}
