import { withProgress } from "../../kit/progress.js";
import { onSignal } from "../../kit/signals.js";
import { tool } from "../../kit/toolchain/tool.js";
import { forgetUserSettings } from "../../plan/engine/folder.js";
import { withoutTrace } from "../command.js";
import { lockLab } from "../lock.js";
import { demandDocker } from "./cluster.js";
import { removeAll, runOnKind } from "./run.js";
import { kindStack } from "./settings.js";

/** The command `kind`, the lab on kind; GitHub Actions runs it (.github/workflows/lab.yml). */
export async function kindCommand({ sudo = false }: { sudo?: boolean }): Promise<void> {
  forgetUserSettings();
  await demandDocker();
  lockLab(kindStack);
  await withProgress(async (progress) => {
    const kind = await tool("kind", { progress });
    onSignal(() => removeAll(kind));
    await runOnKind({ kind, sudo, progress }, (line) => process.stdout.write(`${line}\n`));
  }).catch((error: Error) => {
    throw withoutTrace(error);
  });
}
