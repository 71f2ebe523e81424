// Two thirds of what it takes to load the Pulumi SDK are the TypeScript compiler and npm's reader of package trees, with
// which it serializes functions. Nothing here does that, so both are loaded when somebody first uses them. To be required
// before the SDK.
const { createRequire } = require("node:module");

// V8 in Node.js 20 optimizes a function once it has run 66 KB of bytecode, which does not pay in a process of seconds: a
// sixth of the processor time of a plan. What runs for minutes is still optimized. Later versions wait longer by themselves.
if (process.version.startsWith("v20.")) require("node:v8").setFlagsFromString("--interrupt-budget=1000000");

const sdk = createRequire(require.resolve("@pulumi/pulumi"));
for (const name of ["@pulumi/pulumi/typescript-shim.js", "@npmcli/arborist"]) {
  const id = sdk.resolve(name);
  let loaded;
  const load = () => {
    if (loaded === undefined) delete require.cache[id];
    return (loaded ??= sdk(id));
  };
  // "__esModule" keeps what compiled code imports as a namespace from being copied.
  const exports = new Proxy({}, { get: (_, key) => key === "__esModule" || load()[key] });
  require.cache[id] = Object.assign(new module.constructor(id), { exports, loaded: true });
}
