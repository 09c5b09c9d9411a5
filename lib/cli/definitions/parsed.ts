/** A command of this kind with the options that its definition names. */
export type Parsed<
  Kind extends string,
  Define extends () => { opts(): unknown },
> = { readonly kind: Kind } & Readonly<ReturnType<ReturnType<Define>["opts"]>>;
