import type { Connect } from "../../lib/client/dial.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";

/** Connections over the network that tell of each packet at the moment at which the client lets go of it. */
export function watchedConnect(onPacket: () => void): Connect {
  return async (url, signal) => {
    const connection = await connectWs(url, { signal });
    const send = connection.send.bind(connection);
    connection.send = (data) => {
      if (typeof data !== "string") onPacket();
      send(data);
    };
    return connection;
  };
}
