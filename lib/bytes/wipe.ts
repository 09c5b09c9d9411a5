/** Overwrite secrets with zeros. The engine may hold copies of its own: this shortens their life, and promises nothing. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
