// Two thirds of what it takes to load the Pulumi SDK are the TypeScript compiler and npm's reader of package trees, with
// which it serializes functions. Nothing here does that, so both are loaded when somebody first uses them. To be required
// before the SDK.
const { createRequire } = require("node:module");

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
