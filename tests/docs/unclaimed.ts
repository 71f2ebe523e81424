import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";
import { claims } from "./claims.js";

/**
 * Loads all tests of this folder, which run in several processes otherwise, and runs none. It prints which blocks of commands
 * none of them claims, and whose claim is refused:
 *
 *   node --import tsx tests/docs/unclaimed.ts
 */
const folder = import.meta.dirname;
const mocha = new Mocha();
// Gives the tests describe() and it().
mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, "", mocha);
for (const file of readdirSync(folder).filter((name) => name.endsWith(".test.ts"))) {
  await import(join(folder, file));
}
for (const line of [...claims.refused, ...claims.unclaimed()]) process.stdout.write(`${line}\n`);
process.exit(0);
