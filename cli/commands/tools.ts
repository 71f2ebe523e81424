import { progressOn } from "../kit/progress.js";
import { tool } from "../kit/toolchain/tool.js";
import { tools, type ToolName } from "../kit/toolchain/tools.js";
import { UserError } from "../kit/userError.js";

/** `npm run tools`: finds or builds every pinned tool, so that nothing after it has to wait for a compiler. */
const progress = await progressOn(process.stderr);
try {
  for (const name of Object.keys(tools) as ToolName[]) {
    progress.step(`looking for ${tools[name].title}`);
    const path = await tool(name, { progress });
    progress.done();
    process.stdout.write(`${tools[name].title.padEnd(34)} ${path}\n`);
  }
} catch (error) {
  progress.fail();
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
