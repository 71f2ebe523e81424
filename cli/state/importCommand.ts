import { resolve } from "node:path";
import { withProgress } from "../kit/progress.js";
import { stackFile } from "../kit/stacks.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { importInto } from "./import.js";
import { userPulumi } from "./pulumiCli.js";

/** The command `import`. */
export async function importCommand({ file, stack }: { file: string; stack: string }): Promise<void> {
  stackFile(projectFolder, stack);
  const imported = await withProgress(async (progress) => {
    const cli = await userPulumi(progress);
    return importInto({ stack, file: resolve(file), cli, progress });
  });
  const list = imported.map((id) => `  ${id}\n`).join("");
  process.stdout.write(list === "" ? `All of it is in the state of ${stack}.\n` : `Imported:\n${list}`);
}
