const MIB = 1024 * 1024;

/** What a plugin can take of us at most. Lengths in bytes or characters, times in milliseconds. */
export const LIMITS = {
  /** A message, coming or going: larger ones do not reach plugins. */
  message: 16 * MIB,
  /** One line between a plugin and us: several bodies in base64. */
  frame: 64 * MIB,
  /** Messages in the place of one. */
  emits: 1000,
  /** Messages that one message can become in the whole chain. */
  results: 10_000,
  /** A log line, a reason, the text of an error. */
  text: 4000,
  /** The name of a stored value. */
  key: 512,
  /** Reply blocks with one message. */
  surbs: 1000,
  /** Requests that wait for us at a time. */
  requests: 64,
  /** The longest that a web request can take. */
  fetchTimeout: 120_000,
  /** Loading a plugin, `start` included. */
  boot: 30_000,
  /** `stop`, before the plugin is ended. */
  stop: 3_000,
  /** What a plugin keeps in its store: all keys and values. */
  store: 16 * MIB,
  /** A handful of crashes in this time disables a plugin. */
  crashWindow: 60_000,
  /** That handful. */
  crashes: 3,
} as const;
