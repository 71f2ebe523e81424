#!/usr/bin/env node
require("../components/common/lightSdk.cjs");
// Runs the TypeScript sources: tsx strips the types.
import("tsx/esm/api").then(({ register }) => {
  register();
  return import("./main.ts");
});
