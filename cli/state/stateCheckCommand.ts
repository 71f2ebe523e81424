import { withProgress } from "../kit/progress.js";
import { readSettings } from "../verify/settings.js";
import { neededKeys, shownSecrets, stateReport, type HeldState } from "./heldKeys.js";
import { stackState } from "./stackState.js";

/** The command `state-check`; returns false if something is missing or a secret is shown. */
export async function stateCheckCommand({ stack }: { stack: string }): Promise<boolean> {
  const settings = readSettings(stack);
  const { text, complete } = await withProgress(async (progress) => {
    progress.step(`reading the state of ${stack}`);
    const state = await stackState(stack, progress);
    const resources = await state.resources();
    const held: HeldState = {
      resources,
      nodeFiles: (await state.output("nodeFiles")) as HeldState["nodeFiles"],
      nodeBundles: (await state.output("nodeBundles")) as HeldState["nodeBundles"],
    };
    return stateReport({
      stack,
      backend: await state.backend(),
      bucket: settings.backups.bucket,
      keys: neededKeys(settings, held),
      shown: shownSecrets(held),
      isOpened: resources.some(({ holdsSecret }) => holdsSecret),
    });
  });
  process.stdout.write(text);
  return complete;
}
