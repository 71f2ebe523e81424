#!/usr/bin/env node
try {
  require("../components/common/lightSdk.cjs");
} catch (error) {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  process.stderr.write("The packages of this project are not installed. Run: npm ci\n");
  process.exit(1);
}
// Runs the TypeScript sources: tsx strips the types.
import("tsx/esm/api").then(({ register }) => {
  register();
  return import("./main.ts");
});
