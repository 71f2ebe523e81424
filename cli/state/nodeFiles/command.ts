import { withProgress } from "../../kit/progress.js";
import { stackState } from "../stackState.js";
import { nodeBundlesOf } from "./bundles.js";
import { demandPlace, writeBundles } from "./write.js";

/** The command `node-files`. */
export async function nodeFilesCommand({ out, stack }: { out: string; stack: string }): Promise<void> {
  // Before a passphrase or a key is asked for.
  demandPlace(out);
  const { from, files } = await withProgress(async (progress) => {
    progress.step(`reading the node files of ${stack}`);
    const { bundles, from } = await nodeBundlesOf(stack, await stackState(stack, progress));
    return { from, files: writeBundles(bundles, out) };
  });
  process.stdout.write(`from the ${from} of ${stack}:\n${files.map((file) => `  ${file}\n`).join("")}`);
}
