import type { Mailbox } from "../mailbox/mailbox.ts";
import type { HomeClient } from "./home_client.ts";

/** The client of a home as a mailbox that lets go of the home when it closes. */
export function homeMailbox(home: HomeClient): Mailbox {
  const { client } = home;
  return {
    address: client.address,
    strongestStage: client.strongestStage,
    closed: client.closed,
    send: (message, options) => client.send(message, options),
    messages: (options) => client.messages(options),
    states: (options) => client.states(options),
    close: (options) => home.close(options),
    [Symbol.asyncDispose]: () => home.close(),
  };
}
