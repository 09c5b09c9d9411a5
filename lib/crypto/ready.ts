import sodium from "libsodium-wrappers";

/**
 * Wait until the WebAssembly half of the cryptography is compiled. Await it once before packets are built or processed;
 * everything after that is synchronous.
 */
export async function cryptoReady(): Promise<void> {
  await sodium.ready;
}
