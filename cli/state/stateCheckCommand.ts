import { withProgress } from "../kit/progress.js";
import { readSettings } from "../kit/settings.js";
import { fitted, widthOf } from "../kit/table.js";
import { neededKeys, shownSecrets, stateReport, type HeldState, type StateReportArgs } from "./heldKeys.js";
import { stackState } from "./stackState.js";

/** The command `state-check`; returns false if something is missing, as in an empty state, or a secret is shown. */
export async function stateCheckCommand({ stack, json }: { stack: string; json?: true }): Promise<boolean> {
  const { settings } = await readSettings(stack);
  const found = await withProgress(async (progress): Promise<StateReportArgs> => {
    progress.step(`reading the state of ${stack}`);
    const state = await stackState(stack, progress);
    const isEmpty = await state.isEmpty();
    const where = { stack, backend: await state.backend(), bucket: settings.backups.bucket };
    if (isEmpty) return { ...where, isEmpty, keys: [], shown: [], isOpened: false };
    const resources = await state.resources();
    const held: HeldState = {
      resources,
      nodeFiles: (await state.output("nodeFiles")) as HeldState["nodeFiles"],
      nodeBundles: (await state.output("nodeBundles")) as HeldState["nodeBundles"],
    };
    return {
      ...where,
      isEmpty,
      keys: neededKeys(settings, held),
      shown: shownSecrets(held),
      isOpened: resources.some(({ holdsSecret }) => holdsSecret),
    };
  });
  const { text, complete } = stateReport(found);
  const fit = () => fitted(text, widthOf(process.stdout));
  process.stdout.write(json ? `${JSON.stringify({ ...found, complete }, null, 2)}\n` : fit());
  return complete;
}
