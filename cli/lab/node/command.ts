import { rmSync } from "node:fs";
import { nodeFilesOf } from "../../../stacks/sections/controlPlane.js";
import { progressOn } from "../../kit/progress.js";
import { onSignal } from "../../kit/signals.js";
import { UserError, withoutTrace } from "../../kit/userError.js";
import { rendered } from "../../state/nodeFiles/bundles.js";
import { labPaths } from "../cluster/paths.js";
import { lockLab } from "../lock.js";
import { Phases } from "../phases.js";
import { nodeSettings, nodeTools, startCluster } from "./cluster.js";
import { endNodes } from "./realNode.js";
import { demandMachine } from "./requirements.js";

const stack = "lab";
// No name of a lab: those have no dot.
const lab = "node.local";

/**
 * The command `lab node`. Ends only by a signal, or if the node ends.
 *
 * @returns 2 where this machine cannot run a node; it has said why.
 */
export async function nodeCommand(): Promise<number> {
  const progress = await progressOn(process.stderr);
  try {
    demandMachine();
    await nodeTools(progress, "bridge");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    progress.fail();
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  lockLab(lab, "Stop it there, with Ctrl-C.");
  onSignal(endNodes);
  const { root: folder } = labPaths(lab);
  // Of one whose process and whose holder were both killed.
  rmSync(folder, { recursive: true, force: true });
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    const settings = nodeSettings(stack);
    const { name } = settings.cluster.nodes[0]!;
    const bundles = await rendered(() => nodeFilesOf(settings).bundles);
    const bundle = Buffer.from(bundles[name]!, "base64");
    const node = await startCluster({ settings, bundle, folder, progress }, new Phases(progress, print));
    print(`\nA shell on ${name}, with kubectl: ${node.shell()}\nCtrl-C stops it and leaves nothing.`);
    return await node.ended();
  } catch (error) {
    throw withoutTrace(error as Error);
  }
}
