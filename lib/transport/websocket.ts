export {
  connectWs as connectWebSocket,
  type ConnectWsOptions as ConnectWebSocketOptions,
  SilentlyClosedError,
  UpgradeRefusedError,
} from "./ws_connect.ts";
