/** Versions of the packet that are in use, by what changed with them (nymtech/sphinx, src/version.rs). */
export const SPHINX_VERSION = {
  initialLegacy: 1,
  updatedLegacy: 257,
  explicitKeys: 258,
  seeds: 259,
} as const;

/** A number out of {@linkcode SPHINX_VERSION}. */
export type SphinxVersion = typeof SPHINX_VERSION[keyof typeof SPHINX_VERSION];

/** Whether blinding scalars are reduced modulo the group order instead of clamped. */
export function isLegacyVersion(version: number): boolean {
  return version === SPHINX_VERSION.initialLegacy ||
    version === SPHINX_VERSION.updatedLegacy;
}

/** Whether payload keys come whole from the shared secret. All other versions, unknown ones too, derive them from seeds. */
export function hasFullPayloadKeys(version: number): boolean {
  return isLegacyVersion(version) || version === SPHINX_VERSION.explicitKeys;
}
