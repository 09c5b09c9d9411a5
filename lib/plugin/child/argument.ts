/** The argument that makes our own program serve a plugin: how a compiled one starts the process of a plugin. */
export const CHILD_ARGUMENT = "serve-plugin-on-stdio";
