// The entry point of the pack, for every way to start it: Pulumi requires this file after registering ts-node, which cannot load
// ES modules, so tsx takes over. Not tsx's own require: that loads modules a second time, in addition to those which Pulumi's
// host has loaded already, and gRPC refuses messages of the other copy's classes.
require("../components/common/lightSdk.cjs");
require("tsx/cjs/api").register();
require("./index.ts");
