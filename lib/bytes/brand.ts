/** Bytes that the holder owns, backed by a buffer of their own. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A `T` that only the function of the same name can make, so that equal shapes with different meanings do not mix. */
export type Brand<T, Name extends string> = T & { readonly "#brand": Name };
