import { withProgress } from "../kit/progress.js";
import { UserError } from "../kit/userError.js";
import { heldKeysIn, oldestFirst, sealedManifests } from "./sealedManifests.js";
import { sealingKeysReport } from "./sealingKeysReport.js";
import { stackState } from "./stackState.js";

export interface SealingKeysOptions {
  manifests: string;
  stack: string;
  namespace?: string;
  json?: boolean;
}

/** The command `sealing-keys`; returns false if something is not sealed with the newest key. */
export async function sealingKeysCommand(given: SealingKeysOptions): Promise<boolean> {
  const { manifests: folder, stack, namespace } = given;
  const keys = await withProgress(async (progress) => {
    progress.step(`reading the sealing keys in the state of ${stack}`);
    return oldestFirst(heldKeysIn(await (await stackState(stack, progress)).resources()));
  });
  if (keys.length === 0) {
    throw new UserError(`the state of ${stack} holds no sealing key; run pulumi up --stack ${stack} first`);
  }
  const { text, json, allNewest } = sealingKeysReport(stack, keys, sealedManifests(folder, keys, namespace));
  process.stdout.write(given.json ? json : text);
  return allNewest;
}
