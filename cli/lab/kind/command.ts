import { withProgress } from "../../kit/progress.js";
import { onSignal } from "../../kit/signals.js";
import { tool } from "../../kit/toolchain/tool.js";
import { withoutTrace } from "../../kit/userError.js";
import { forgetUserSettings } from "../../plan/engine/folder.js";
import { lockLab } from "../lock.js";
import { removeAll, runOnKind } from "./run.js";
import { kindStack } from "./settings.js";

/**
 * `start --cluster kind`, where docker answers; GitHub Actions runs it (.github/workflows/lab.yml).
 *
 * @param sudo True: verify runs as root.
 */
export async function startOnKind(sudo: boolean): Promise<void> {
  forgetUserSettings();
  lockLab(kindStack);
  await withProgress(async (progress) => {
    const kind = await tool("kind", { progress });
    onSignal(() => removeAll(kind));
    await runOnKind({ kind, sudo, progress }, (line) => process.stdout.write(`${line}\n`));
  }).catch((error: Error) => {
    throw withoutTrace(error);
  });
}
