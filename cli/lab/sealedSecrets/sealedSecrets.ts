import type { Binaries, ControlPlane } from "../cluster/controlPlane.js";
import { kubectlOf, startController, type RunningController } from "./controller.js";
import { ensureDefinition } from "./installation.js";
import { userNamespaceProblem } from "./userNamespaces.js";

/** The controller that runs, or why none does. */
export type Started =
  | {
      controller: RunningController;
      /** Which definition of SealedSecret the cluster has. */ definition: string;
    }
  | { problem: string };

/**
 * Brings up the Sealed Secrets controller in a lab, after the program's sealing keys are there.
 *
 * @param options.crds Folder with CustomResourceDefinitions in YAML. Default: none.
 * @returns A problem where this machine does not let it run, with what would allow it.
 * @throws Error with the end of its log when it does not come up.
 */
export async function startSealedSecrets(
  plane: ControlPlane,
  binaries: Binaries,
  options: { crds?: string } = {},
): Promise<Started> {
  const problem = userNamespaceProblem();
  if (problem !== undefined) return { problem };
  const definition = ensureDefinition(kubectlOf(plane, binaries), options.crds);
  return { controller: await startController(plane, binaries), definition };
}
