import type { PluginSpec } from "../../../lib/plugin/spec.ts";
import type { Place } from "./place.ts";

/** How a message fares with a hostile plugin whose policy for failures is to keep it. */
export type Fate =
  /** The plugin tells what it tried, and all of that was refused. */
  | "refused"
  /** The plugin fails or is ended: the message goes on as it was. */
  | "kept"
  /** The plugin cannot even be loaded. */
  | "unloadable";

/** A plugin that wants what it was not given. */
export interface Hostile {
  /** What it tries; its file is named after it. */
  readonly name: string;
  readonly fate: Fate;
  /** Statements at the top of its module. */
  readonly head?: string;
  /** What it tries with a message, by name: functions that have to fail. */
  readonly tries?: Readonly<Record<string, string>>;
  /** Its members, where it does more than try. */
  readonly members?: string;
  /** Where it stands. @default "plugins" */
  readonly folder?: "linked" | "home";
  /** More of its meta. */
  readonly meta?: string;
  /** Files beside it. */
  readonly neighbours?: Readonly<Record<string, string>>;
  readonly spec?: Partial<PluginSpec>;
}

/** Every way out that has to be tried, and who tries it. */
export const WAYS: Readonly<Record<string, readonly string[]>> = {
  "a key by static import": ["static_code", "static_by_neighbour"],
  "a key by text import": ["static_text", "static_bytes"],
  "a key by JSON import": ["static_json", "static_through_link"],
  "a key by dynamic import": ["dynamic_import", "among_keys"],
  'a key by fetch("file:")': ["read_by_url"],
  "a key by the runtime": ["read_by_runtime", "read_through_link"],
  "nested workers": ["nested_workers", "nested_static", "nested_bomb"],
  "node: modules": ["read_by_node", "exit_by_node"],
  "the environment": ["environment"],
  "a subprocess": ["subprocess"],
  "native code": ["native_code"],
  "sockets": ["sockets", "datagram", "ungranted_requests"],
  "writing files": ["write_files", "browser_storage", "beyond_grant"],
  "Deno.exit": ["exit", "exit_by_node", "exit_at_load", "abort", "close"],
  "an endless loop": ["loop", "loop_at_load"],
  "a memory bomb": ["heap_bomb", "buffer_bomb", "wasm_bomb", "nested_bomb"],
  "a message flood": ["message_flood", "log_flood", "emit_flood"],
  "prototype tampering": ["tampering", "tampering_later", "twisted_meta"],
  "writing to standard output": ["stdout", "stdout_flood"],
  "forged host messages": ["forged_lines", "forged_requests", "forged_answers"],
  "reading what the host says": ["stolen_stdin"],
  "path tricks in options": [
    "option_dots",
    "option_link",
    "option_neighbour",
    "option_relative",
    "talked_into_0",
    "granted_link",
    "granted_keys",
  ],
  "never answering": ["never_answers", "never_loads", "thenable"],
  "nonsense": ["nonsense", "nonsense_verdicts", "huge_verdict", "huge_meta"],
};

/** The hostile plugins, for a place. */
export function hostilePlugins(place: Place): Hostile[] {
  return [
    ...importers(place),
    ...readers(place),
    ...callers(place),
    ...writers(place),
    ...misleaders(place),
    ...wreckers(),
    ...forgers(),
    ...askers(place),
  ];
}

function importers({ keys, root, linked }: Place): Hostile[] {
  return [
    {
      name: "static_json",
      fate: "unloadable",
      head: `import key from "${keys}/key.json" with { type: "json" };`,
      members: `message: () => ({ kind: "replace", body: key.key })`,
    },
    {
      name: "static_text",
      fate: "unloadable",
      head: `import key from "${keys}/key.txt" with { type: "text" };`,
      members: `message: () => ({ kind: "replace", body: key })`,
    },
    {
      name: "static_bytes",
      fate: "unloadable",
      head: `import key from "${keys}/key.txt" with { type: "bytes" };`,
      members: `message: () => ({ kind: "replace", body: key })`,
    },
    {
      name: "static_code",
      fate: "unloadable",
      head: `export * from "${keys}/key.ts"; import key from "${keys}/key.ts";`,
      members: `message: () => ({ kind: "replace", body: key })`,
    },
    {
      name: "static_by_neighbour",
      fate: "unloadable",
      head: `import key from "./static_neighbour.ts";`,
      neighbours: {
        "static_neighbour.ts":
          `import key from "../home/.nym/key.json" with { type: "json" }; export default key.key;`,
      },
      members: `message: () => ({ kind: "replace", body: key })`,
    },
    {
      name: "static_through_link",
      fate: "unloadable",
      folder: "linked",
      head: `import key from "./link/key.json" with { type: "json" };`,
      members: `message: () => ({ kind: "replace", body: key.key })`,
    },
    {
      name: "read_through_link",
      fate: "refused",
      folder: "linked",
      tries: {
        read: `() => Deno.readTextFile("./link/key.txt")`,
        neighbour: `() => Deno.readTextFile("./neighbour.txt")`,
        later: `() => Deno.readTextFile("./later")`,
      },
    },
    {
      name: "among_keys",
      fate: "refused",
      folder: "home",
      tries: {
        below: `() => Deno.readTextFile("./.nym/key.txt")`,
        beside: `() => [...Deno.readDirSync(".")]`,
        code: `() => import(["./.nym", "key.ts"].join("/"))`,
      },
    },
    {
      name: "granted_link",
      fate: "unloadable",
      meta: `grants: [{ kind: "read", why: "to read files" }]`,
      spec: { grants: [{ kind: "read", value: linked }] },
      members:
        `message: () => ({ kind: "replace", body: Deno.readTextFileSync("${linked}/link/key.txt") })`,
    },
    {
      name: "granted_keys",
      fate: "unloadable",
      meta: `grants: [{ kind: "read", why: "to read files" }]`,
      spec: { grants: [{ kind: "read", value: root }] },
      members:
        `message: () => ({ kind: "replace", body: Deno.readTextFileSync("${keys}/key.txt") })`,
    },
    {
      name: "dynamic_import",
      fate: "refused",
      tries: {
        literalJson:
          `() => import("${keys}/key.json", { with: { type: "json" } })`,
        computedJson:
          `() => import(["${keys}", "key.json"].join("/"), { with: { type: "json" } })`,
        computedText:
          `() => import(["${keys}", "key.txt"].join("/"), { with: { type: "text" } })`,
        relative: `() => import(["..", "home", ".nym", "key.ts"].join("/"))`,
        encoded: `() => import("file://${keys}/%6bey.ts")`,
        dataUrl:
          `() => import("data:text/javascript," + encodeURIComponent('import k from "file://${keys}/key.json" with { type: "json" }; export default k;'))`,
        blobUrl:
          `() => import(URL.createObjectURL(new Blob(['import k from "file://${keys}/key.json" with { type: "json" }; export default k;'], { type: "text/javascript" })))`,
        remote: `() => import("https://" + "example.org/x.ts")`,
        registry: `() => import("npm:" + "chalk")`,
        jsr: `() => import("jsr:" + "@std/assert")`,
      },
    },
    {
      name: "nested_workers",
      fate: "refused",
      tries: Object.fromEntries(
        [`"inherit"`, `{ read: true }`, `{ read: ["${keys}"] }`, `"none"`].map(
          (permissions, index) => [
            `nested${index}`,
            `() => new Promise((resolve, reject) => {
              const code = 'try { const k = await import("file://${keys}/key.json", { with: { type: "json" } }); postMessage(JSON.stringify(k)); } catch (e) { postMessage("no"); }';
              const worker = new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module", deno: { permissions: ${permissions} } });
              worker.onmessage = (e) => e.data === "no" ? reject(new Error("no")) : resolve(e.data);
              worker.onerror = (e) => { e.preventDefault(); reject(new Error(e.message)); };
            })`,
          ],
        ),
      ),
    },
    {
      name: "nested_static",
      fate: "refused",
      tries: {
        entry: `() => new Promise((resolve, reject) => {
          const worker = new Worker("file://${keys}/key.ts", { type: "module" });
          worker.onmessage = resolve;
          worker.onerror = (e) => { e.preventDefault(); reject(new Error(e.message)); };
        })`,
        inside: `() => new Promise((resolve, reject) => {
          const code = 'import k from "file://${keys}/key.json" with { type: "json" }; postMessage(k);';
          const worker = new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module" });
          worker.onmessage = resolve;
          worker.onerror = (e) => { e.preventDefault(); reject(new Error(e.message)); };
        })`,
        threads: `async () => {
          const { Worker } = await import("node:worker_threads");
          return await new Promise((resolve, reject) => {
            const code = 'const { parentPort } = require("node:worker_threads"); const fs = require("node:fs"); parentPort.postMessage(fs.readFileSync("${keys}/key.txt", "utf8"));';
            const worker = new Worker(code, { eval: true });
            worker.on("message", resolve);
            worker.on("error", reject);
          });
        }`,
      },
    },
  ];
}

function readers({ keys, root }: Place): Hostile[] {
  return [
    {
      name: "read_by_url",
      fate: "refused",
      tries: {
        fetchFile:
          `async () => await (await fetch("file://${keys}/key.txt")).text()`,
        request:
          `async () => await (await fetch(new Request("file://${keys}/key.txt"))).text()`,
        xhr: `() => new XMLHttpRequest()`,
        contextFetch:
          `async (context) => await (await context.fetch("file://${keys}/key.txt")).text()`,
      },
    },
    {
      name: "read_by_runtime",
      fate: "refused",
      tries: {
        readTextFile: `() => Deno.readTextFile("${keys}/key.txt")`,
        readSync: `() => Deno.readFileSync("${keys}/key.txt")`,
        open: `() => Deno.open("${keys}/key.txt")`,
        dots: `() => Deno.readTextFile("../home/.nym/key.txt")`,
        url:
          `() => Deno.readTextFile(new URL("../home/.nym/key.txt", import.meta.url))`,
        folder: `() => [...Deno.readDirSync("${root}")]`,
        stat: `() => Deno.stat("${keys}/key.txt")`,
        realPath: `() => Deno.realPath("${keys}")`,
        readLink: `() => Deno.readLink("/proc/self/exe")`,
        watch: `() => Deno.watchFs("${keys}")`,
        chdir: `() => Deno.chdir("${keys}")`,
        environ: `() => Deno.readTextFile("/proc/self/environ")`,
        parentEnviron:
          `() => Deno.readTextFile("/proc/" + Deno.ppid + "/environ")`,
        memory: `() => Deno.open("/proc/self/mem")`,
        descriptors: `() => [...Deno.readDirSync("/proc/self/fd")]`,
        passwords: `() => Deno.readTextFile("/etc/passwd")`,
        throughRoot:
          `() => Deno.readTextFile("/proc/self/root${keys}/key.txt")`,
        throughCwd:
          `() => Deno.readTextFile("/proc/self/cwd/../home/.nym/key.txt")`,
        throughParent:
          `() => Deno.readTextFile("/proc/" + Deno.ppid + "/root${keys}/key.txt")`,
        ask:
          `async () => { const { state } = await Deno.permissions.request({ name: "read" }); if (state !== "granted") throw new Error(state); }`,
      },
    },
    {
      name: "read_by_node",
      fate: "refused",
      head:
        `import fs from "node:fs"; import fsp from "node:fs/promises"; import module from "node:module"; import process from "node:process"; import v8 from "node:v8"; import wasi from "node:wasi"; import sqlite from "node:sqlite";`,
      tries: {
        readFile: `() => fs.readFileSync("${keys}/key.txt", "utf8")`,
        promises: `() => fsp.readFile("${keys}/key.txt", "utf8")`,
        open: `() => fs.openSync("${keys}/key.txt", "r")`,
        stream:
          `() => new Promise((resolve, reject) => fs.createReadStream("${keys}/key.txt").on("data", resolve).on("error", reject))`,
        list: `() => fs.readdirSync("${keys}")`,
        copy: `() => fs.cpSync("${keys}", "./copy", { recursive: true })`,
        link: `() => fs.symlinkSync("${keys}", "./link")`,
        hardLink: `() => fs.linkSync("${keys}/key.txt", "./hard")`,
        require:
          `() => module.createRequire(import.meta.url)("${keys}/key.json")`,
        dotenv: `() => process.loadEnvFile("${keys}/key.txt")`,
        snapshot: `() => v8.writeHeapSnapshot("./heap")`,
        wasi:
          `() => new wasi.WASI({ version: "preview1", preopens: { "/": "${keys}" } })`,
        database: `() => new sqlite.DatabaseSync("${keys}/key.txt")`,
        attach:
          `() => new sqlite.DatabaseSync(":memory:").exec("ATTACH '${keys}/key.txt' AS x")`,
        vacuum:
          `() => new sqlite.DatabaseSync(":memory:").exec("CREATE TABLE t (a); VACUUM INTO './vacuum.db'")`,
        extension:
          `() => new sqlite.DatabaseSync(":memory:", { allowExtension: true }).loadExtension("x")`,
      },
    },
    {
      name: "environment",
      fate: "refused",
      head: `import process from "node:process"; import os from "node:os";`,
      tries: {
        get: `() => Deno.env.get("ESCAPE_SECRET")`,
        all: `() => Deno.env.toObject()`,
        node:
          `() => { const value = process.env.ESCAPE_SECRET; if (value === undefined) throw new Error("unset"); return value; }`,
        keys: `() => Object.keys(process.env)`,
        host: `() => Deno.hostname()`,
        user: `() => os.userInfo()`,
        home: `() => os.homedir()`,
        interfaces: `() => Deno.networkInterfaces()`,
        uid: `() => Deno.uid()`,
        main:
          `() => { if (Deno.mainModule === undefined) throw new Error("unknown"); return Deno.mainModule; }`,
      },
    },
  ];
}

function callers({ keys, port }: Place): Hostile[] {
  const server = `127.0.0.1:${port}`;
  const emits = (made: string) =>
    `() => new Promise((resolve, reject) => { const it = ${made}; it.on("error", reject); it.on("connect", () => resolve("connected")); it.on("listening", () => resolve("listening")); })`;
  return [
    {
      name: "subprocess",
      fate: "refused",
      head:
        `import child from "node:child_process"; import cluster from "node:cluster"; import process from "node:process";`,
      tries: {
        command:
          `() => new Deno.Command("cat", { args: ["${keys}/key.txt"] }).outputSync()`,
        own:
          `() => new Deno.Command(Deno.execPath(), { args: ["eval", "1"] }).outputSync()`,
        exec: `() => child.execSync("cat ${keys}/key.txt")`,
        spawn:
          `() => new Promise((resolve, reject) => child.spawn("cat", ["${keys}/key.txt"]).on("error", reject).on("exit", resolve))`,
        fork: `() => cluster.fork()`,
        kill: `() => Deno.kill(Deno.ppid, "SIGTERM")`,
        nodeKill: `() => process.kill(process.ppid, "SIGTERM")`,
      },
    },
    {
      name: "native_code",
      fate: "refused",
      head: `import process from "node:process";`,
      tries: {
        dlopen:
          `() => Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } })`,
        addon: `() => process.dlopen({ exports: {} }, "./x.node")`,
        pointer: `() => Deno.UnsafePointer.create(1n)`,
      },
    },
    {
      name: "sockets",
      fate: "refused",
      head:
        `import net from "node:net"; import http from "node:http"; import dgram from "node:dgram"; import dns from "node:dns"; import tls from "node:tls"; import inspector from "node:inspector";`,
      tries: {
        fetch: `async () => await (await fetch("http://${server}/")).text()`,
        connect: `() => Deno.connect({ hostname: "127.0.0.1", port: ${port} })`,
        listen: `() => Deno.listen({ port: 0 })`,
        serve: `() => Deno.serve({ port: 0 }, () => new Response())`,
        unix: `() => Deno.connect({ transport: "unix", path: "/run/x.sock" })`,
        websocket:
          `() => new Promise((resolve, reject) => { const it = new WebSocket("ws://${server}/"); it.onopen = resolve; it.onerror = (e) => reject(new Error(e.message)); })`,
        events:
          `() => new Promise((resolve, reject) => { const it = new EventSource("http://${server}/"); it.onopen = resolve; it.onerror = () => { it.close(); reject(new Error("no")); }; })`,
        nodeConnect: emits(`net.connect(${port}, "127.0.0.1")`),
        nodeListen: emits(`net.createServer().listen(0)`),
        nodeGet: emits(`http.get("http://${server}/")`),
        nodeTls: emits(`tls.connect(${port}, "127.0.0.1")`),
        resolve: `() => Deno.resolveDns("example.org", "A")`,
        lookup:
          `() => new Promise((resolve, reject) => dns.lookup("localhost", (error, found) => error ? reject(error) : resolve(found)))`,
        inspector: `() => inspector.open(0)`,
        contextFetch:
          `async (context) => await (await context.fetch("http://${server}/")).text()`,
      },
    },
    {
      name: "datagram",
      fate: "kept",
      head: `import dgram from "node:dgram";`,
      // The runtime throws this one outside of any call, which ends the plugin.
      members:
        `message: () => new Promise((resolve) => dgram.createSocket("udp4").bind(0, () => resolve({ kind: "replace", body: "bound" })))`,
    },
  ];
}

function writers({ keys, drop }: Place): Hostile[] {
  return [
    {
      name: "write_files",
      fate: "refused",
      head: `import fs from "node:fs";`,
      tries: {
        beside: `() => Deno.writeTextFile("./planted.ts", "x")`,
        itself: `() => Deno.writeTextFile(new URL(import.meta.url), "x")`,
        keys: `() => Deno.writeTextFile("${keys}/key.txt", "x")`,
        temporary: `() => Deno.makeTempFile()`,
        node: `() => fs.writeFileSync("./planted.ts", "x")`,
        remove: `() => Deno.remove("${keys}/key.txt")`,
        rename: `() => Deno.rename("${keys}/key.txt", "./key.txt")`,
        truncate: `() => Deno.truncate("${keys}/key.txt")`,
        mode: `() => Deno.chmod("${keys}/key.txt", 0o777)`,
      },
    },
    {
      name: "browser_storage",
      fate: "refused",
      tries: {
        caches: `() => caches.open("x")`,
        cachesInWorker: `() => new Promise((resolve, reject) => {
          const code = 'caches.open("x").then(() => postMessage("open"), (e) => postMessage("no"))';
          const worker = new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module" });
          worker.onmessage = (e) => e.data === "no" ? reject(new Error("no")) : resolve(e.data);
        })`,
        localStorage: `() => localStorage.setItem("a", "b")`,
        sessionStorage: `() => sessionStorage.setItem("a", "b")`,
        indexedDb: `() => indexedDB.open("x")`,
        kv: `() => Deno.openKv()`,
      },
    },
    {
      name: "beyond_grant",
      fate: "refused",
      meta:
        `options: { properties: { file: { type: "string" } } }, grants: [{ kind: "write", why: "to keep files" }]`,
      spec: {
        grants: [{ kind: "write", value: drop }],
        sets: [{ key: "file", text: "../home/.nym/key.txt" }],
      },
      tries: {
        option:
          `(context) => Deno.readTextFile("${drop}/" + context.options.file)`,
        doubled: `() => Deno.readTextFile("${drop}//..//home/.nym/key.txt")`,
        asUrl:
          `() => Deno.readTextFile(new URL("file://${drop}/%2e%2e/home/.nym/key.txt"))`,
        cut: `() => Deno.readTextFile("${keys}/key.txt\\0${drop}/mine.txt")`,
        beside: `() => Deno.writeTextFile("${drop}-more", "x")`,
        throughRoot:
          `() => Deno.readTextFile("/proc/self/root${keys}/key.txt")`,
        dots: `() => Deno.writeTextFile("${drop}/../home/.nym/key.txt", "x")`,
        newLink: `() => Deno.symlink("${keys}", "${drop}/other")`,
        hardLink: `() => Deno.link("${keys}/key.txt", "${drop}/key.txt")`,
        rename: `() => Deno.rename("${keys}/key.txt", "${drop}/key.txt")`,
        copy: `() => Deno.copyFile("${keys}/key.txt", "${drop}/key.txt")`,
        run: `() => new Deno.Command("cat").outputSync()`,
        database:
          `async () => { const { DatabaseSync } = await import("node:sqlite"); const db = new DatabaseSync("${drop}/x.db"); db.exec("ATTACH '${keys}/key.txt' AS x"); }`,
      },
    },
  ];
}

/** Plugins whose options say where they write: what is granted must cover where that really is. */
function misleaders({ drop, keys, linked }: Place): Hostile[] {
  const folders = {
    dots: `${drop}/../home/.nym`,
    link: `${linked}/link`,
    neighbour: `${drop}-more`,
    relative: "../../..",
  };
  const meta =
    `options: { properties: { folder: { type: "string" } } }, grants: [{ kind: "write", option: "folder", why: "to keep files" }]`;
  const members =
    `message: (m, c) => { Deno.writeTextFileSync(c.options.folder + "/planted", "x"); return { kind: "replace", body: "GOT" }; }`;
  const sets = (text: string) => [{ key: "folder", text }];
  const grants = (value: string) => [{ kind: "write", value }] as const;
  return [
    ...Object.entries(folders).map(([name, folder]): Hostile => ({
      name: `option_${name}`,
      fate: "unloadable",
      meta,
      members,
      spec: { sets: sets(folder), grants: grants(drop) },
    })),
    // The user grants what the plugin asks for, and does not see where that leads.
    ...[`${drop}/../home/.nym`, `${linked}/link`, `${keys}/../..`].map(
      (folder, index): Hostile => ({
        name: `talked_into_${index}`,
        fate: "unloadable",
        meta,
        members,
        spec: { sets: sets(folder), grants: grants(folder) },
      }),
    ),
  ];
}

function wreckers(): Hostile[] {
  const message = (body: string) =>
    `message: async (message, context) => { ${body} }`;
  return [
    { name: "exit", fate: "kept", members: message("Deno.exit(0);") },
    {
      name: "exit_by_node",
      fate: "kept",
      head: `import process from "node:process";`,
      members: message("process.exit(0);"),
      spec: { timeout: 2000 },
    },
    {
      name: "abort",
      fate: "kept",
      head: `import process from "node:process";`,
      members: message("process.abort();"),
      spec: { timeout: 2000 },
    },
    {
      name: "close",
      fate: "kept",
      members: message("self.close();"),
      spec: { timeout: 500 },
    },
    {
      name: "exit_at_load",
      fate: "unloadable",
      head: "Deno.exit(0);",
      members: message(""),
    },
    {
      name: "loop",
      fate: "kept",
      members: message("for (;;);"),
      spec: { timeout: 300 },
    },
    {
      name: "loop_at_load",
      fate: "unloadable",
      head: "for (;;);",
      members: message(""),
    },
    {
      name: "never_answers",
      fate: "kept",
      members: message("await new Promise(() => setInterval(() => {}, 1000));"),
      spec: { timeout: 300 },
    },
    {
      name: "never_loads",
      fate: "unloadable",
      head: "await new Promise(() => setInterval(() => {}, 1000));",
      members: message(""),
    },
    {
      name: "thenable",
      fate: "kept",
      members: "message: () => ({ then() {} })",
      spec: { timeout: 300 },
    },
    {
      name: "heap_bomb",
      fate: "kept",
      members: message(
        "const held = []; for (;;) held.push(new Array(1e5).fill({}));",
      ),
      spec: { memory: 32 },
    },
    {
      name: "buffer_bomb",
      fate: "kept",
      members: message(
        "const held = []; for (;;) { held.push(new Uint8Array(1e7).fill(1)); await 0; }",
      ),
      spec: { memory: 16 },
    },
    {
      name: "wasm_bomb",
      fate: "kept",
      members: message(
        "const held = new WebAssembly.Memory({ initial: 1, maximum: 65536 }); for (;;) { held.grow(64); new Uint8Array(held.buffer).fill(1); }",
      ),
      spec: { memory: 16 },
    },
    {
      name: "nested_bomb",
      fate: "kept",
      members: message(
        `new Worker("data:text/javascript," + encodeURIComponent("const held = []; for (;;) held.push(new Uint8Array(1e7).fill(1));"), { type: "module" }); await new Promise(() => {});`,
      ),
      spec: { memory: 16, timeout: 5000 },
    },
    {
      name: "unhandled",
      fate: "kept",
      members: message(
        "void Promise.reject(new Error('gone')); await new Promise(() => {});",
      ),
      spec: { timeout: 5000 },
    },
    {
      name: "throws_in_timer",
      fate: "kept",
      members: message(
        "setTimeout(() => { throw Symbol('odd'); }); await new Promise(() => {});",
      ),
      spec: { timeout: 5000 },
    },
    {
      name: "throws_oddly",
      fate: "kept",
      members: message("throw { toString() { throw new Error('again'); } };"),
      spec: { timeout: 5000 },
    },
    {
      name: "message_flood",
      fate: "kept",
      members: message(
        "for (let i = 0; i < 100_000; i++) context.reply(message, 'flood').catch(() => {}); await new Promise(() => {});",
      ),
      spec: { timeout: 1000 },
    },
    {
      name: "log_flood",
      fate: "kept",
      members: message(
        "for (let i = 0; i < 50_000; i++) context.log('flood'); await new Promise(() => {});",
      ),
      spec: { timeout: 1000 },
    },
    {
      name: "emit_flood",
      fate: "kept",
      members: message(
        "return { kind: 'emit', bodies: new Array(100_000).fill('x') };",
      ),
    },
    {
      name: "huge_verdict",
      fate: "kept",
      members: message(
        "return { kind: 'replace', body: new Uint8Array(20_000_000) };",
      ),
    },
    {
      name: "tampering",
      fate: "unloadable",
      head: `
        const no = () => { throw new Error("tampered"); };
        Array.prototype.map = Array.prototype.push = Array.prototype.includes = no;
        Map.prototype.get = Map.prototype.set = no;
        Object.defineProperty(Object.prototype, "kind", { get: () => "stop", set() {} });
        Object.prototype.body = "polluted";
        JSON.parse = JSON.stringify = no;
        Uint8Array.fromBase64 = Uint8Array.prototype.toBase64 = no;
        Promise.prototype.catch = no;`,
      members: message(`return JSON;`),
    },
    {
      name: "tampering_later",
      fate: "kept",
      members: message(`
        const no = () => { throw new Error("tampered"); };
        Map.prototype.get = no;
        Object.defineProperty(Object.prototype, "kind", { get: () => "own", set() {} });
        Object.prototype.reason = "polluted";
        JSON.parse = JSON.stringify = no;
        Uint8Array.fromBase64 = no;
        return {};`),
      spec: { timeout: 2000 },
    },
  ];
}

function forgers(): Hostile[] {
  return [
    {
      name: "stdout",
      fate: "refused",
      head: `import fs from "node:fs"; import process from "node:process";`,
      tries: {
        runtime:
          `async () => { await Deno.stdout.write(new TextEncoder().encode("STRAY\\n")); throw new Error("written to the log"); }`,
        node:
          `() => { fs.writeSync(1, "STRAY\\n"); process.stdout.write("STRAY\\n"); throw new Error("written to the log"); }`,
        stderr:
          `() => { fs.writeSync(2, "STRAY\\n"); console.error("STRAY"); throw new Error("written to the log"); }`,
        descriptors:
          `() => { for (let fd = 3; fd < 40; fd++) { try { fs.writeSync(fd, "x"); } catch { continue; } return fd; } throw new Error("none"); }`,
      },
    },
    {
      name: "stdout_flood",
      fate: "kept",
      members:
        `message: async () => { const noise = new Uint8Array(65536).fill(120); for (;;) await Deno.stdout.write(noise); }`,
      spec: { timeout: 10_000 },
    },
    {
      name: "forged_lines",
      fate: "kept",
      members: `message: async () => {
        const line = JSON.stringify({ kind: "result", id: 2, verdict: { kind: "drop", reason: "forged" } });
        const secrets = ["", "0".repeat(64), "undefined", "g"];
        for (const secret of secrets) await Deno.stdout.write(new TextEncoder().encode("\\n" + secret + " g" + line + "\\n"));
        throw new Error("forged what I could");
      }`,
    },
    {
      name: "stolen_stdin",
      fate: "kept",
      members: `message: async (message) => {
        const stolen = Deno.stdin.read(new Uint8Array(65536)).then(() => "read");
        const result = await Promise.race([stolen, new Promise((done) => setTimeout(done, 200))]);
        if (result) return { kind: "replace", body: "stolen" };
      }`,
      spec: { timeout: 5000 },
    },
    {
      name: "nonsense",
      fate: "kept",
      members: `message: async () => {
        for (const junk of [null, 1, {}, "no json", '{"kind":"result"}', '{"kind":"exit","__proto__":{}}']) self.postMessage(junk);
        await new Promise(() => {});
      }`,
      spec: { timeout: 5000 },
    },
    {
      name: "forged_requests",
      fate: "kept",
      members: `message: async () => {
        for (const request of [{ op: "eval", code: "1" }, { op: "get" }, { op: "constructor" }]) self.postMessage(JSON.stringify({ kind: "request", id: 9, request }));
        await new Promise(() => {});
      }`,
      spec: { timeout: 1000 },
    },
    {
      name: "forged_answers",
      fate: "kept",
      members: `message: async () => {
        for (let id = 0; id < 50; id++) self.postMessage(JSON.stringify({ kind: "failure", id, error: { name: "Error", message: "forged \\u001b[2J", stack: "" } }));
        await new Promise(() => {});
      }`,
      spec: { timeout: 5000 },
    },
    {
      name: "twisted_meta",
      fate: "unloadable",
      members:
        `message() {}, get meta() { return { api: 1, name: "twisted_meta", version: "1", description: "x", options: { properties: { __proto__x: { type: "string" }, ["__proto__"]: { type: "object" } } } }; }`,
    },
    {
      name: "huge_meta",
      fate: "unloadable",
      members:
        `message() {}, meta: { api: 1, name: "huge_meta", version: "1", description: "x".repeat(1e6) }`,
    },
    {
      name: "nonsense_verdicts",
      fate: "kept",
      members: `message: () => ({ kind: "replace", body: { length: 3 } })`,
    },
    {
      name: "shared_body",
      fate: "kept",
      members:
        `message: () => { const verdict = { kind: "emit", bodies: [] }; verdict.bodies.push(verdict); return verdict; }`,
    },
  ];
}

function askers({ port }: Place): Hostile[] {
  return [
    {
      name: "ungranted_requests",
      fate: "refused",
      meta: `grants: [{ kind: "net", why: "to ask", optional: true }]`,
      spec: { grants: [{ kind: "net", value: "localhost:1" }] },
      tries: {
        otherHost: `(context) => context.fetch("http://127.0.0.1:${port}/")`,
        otherPort: `(context) => context.fetch("http://localhost:${port}/")`,
        password:
          `(context) => context.fetch("http://localhost:1@127.0.0.1:${port}/")`,
        noWeb: `(context) => context.fetch("data:text/plain,x")`,
        send: `(context) => context.send("someone", "the message")`,
        reply: `(context) => context.reply("no tag at all " .repeat(50), "x")`,
        quota:
          `async (context) => { for (let i = 0; ; i++) await context.store.set("k" + i, "x".repeat(900_000)); }`,
        longKey: `(context) => context.store.set("k".repeat(100), undefined)`,
        internals:
          `() => Deno[Deno.internal].core.ops.op_read_file_text_sync("/etc/passwd")`,
      },
    },
    {
      name: "before_start",
      fate: "unloadable",
      head:
        `self.postMessage(JSON.stringify({ kind: "request", id: 1, request: { op: "send", to: "x", body: "", surbs: 0 } })); throw new Error("loaded far enough");`,
      members: `message() {}`,
    },
  ];
}
