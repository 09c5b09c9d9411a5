export { cryptoReady } from "./sodium.ts";
