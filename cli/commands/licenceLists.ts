import { progressOn } from "../kit/progress.js";
import { writeLicenceLists } from "../kit/toolchain/licences.js";
import { UserError } from "../kit/userError.js";

/** `npm run licence-lists`: writes the licence list of each tool whose go.mod or go.sum has changed. */
const progress = await progressOn(process.stderr);
try {
  const written = await writeLicenceLists(progress);
  for (const module of written) console.log(`wrote tools/${module}/licences.json`);
  if (written.length === 0) console.log("every list is up to date");
} catch (error) {
  progress.fail();
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
