// The entry point of the pack whoever starts it: Pulumi requires this file after registering ts-node, which cannot load
// ES modules, so tsx is asked by name.
require("tsx/cjs/api").require("./index.ts", __filename);
