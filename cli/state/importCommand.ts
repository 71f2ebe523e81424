import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { projectName } from "../../stacks/settings/index.js";
import { exitOnSignals } from "../plan/engine/folder.js";
import { progressOn } from "../kit/progress.js";
import { findOnPath, tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { importInto } from "./import.js";

const usage = `Usage: npm run import -- [options]

Imports what exists already into a stack's state, as pulumi import --file does, but keeps the values of Helm releases as
secrets. Needs what pulumi needs: the backend, its passphrase, the kubeconfig and the credentials of the clouds.

  --file FILE   what npm run import-file wrote. Default: import.json
  --stack NAME  default: musashi
  --help        prints this

Exit status: 0 imported, 1 a failure (the state is what it was), 2 wrong usage.
`;

const options = {
  file: { type: "string", default: "import.json" },
  stack: { type: "string", default: "musashi" },
  help: { type: "boolean", default: false },
} as const;

/** The command `import`; returns the exit status. */
export async function importCommand(args: string[]): Promise<number> {
  let given;
  try {
    given = parseArgs({ args, options }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (given.help) {
    process.stdout.write(usage);
    return 0;
  }
  exitOnSignals();
  const { stack } = given;
  const progress = await progressOn(process.stderr);
  try {
    // The user's own CLI knows where the state is, whatever its version.
    const cli = findOnPath("pulumi") ?? (await tool("pulumi", { progress }));
    const imported = await importInto({
      stack,
      file: resolve(given.file),
      project: projectName,
      cli,
      progress,
    });
    progress.done();
    const list = imported.map((id) => `  ${id}\n`).join("");
    process.stdout.write(list === "" ? `All of it is in the state of ${stack}.\n` : `Imported:\n${list}`);
    return 0;
  } catch (error) {
    progress.fail();
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
