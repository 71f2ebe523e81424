import type { Binaries, LabControlPlane } from "../cluster/labControlPlane.js";
import { openCluster } from "../apply/index.js";
import { startController, type RunningController } from "./controller.js";
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
  plane: LabControlPlane,
  binaries: Binaries,
  options: { crds?: string } = {},
): Promise<Started> {
  const problem = userNamespaceProblem();
  if (problem !== undefined) return { problem };
  const { kubeconfig } = plane.paths;
  const { definitions } = await openCluster({ kubeconfig, kubectl: binaries("kubectl"), ...options });
  await definitions.ensure({ apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret", namespaced: true });
  const isOpen = (await definitions.open()).includes("sealedsecrets.bitnami.com");
  const definition = isOpen
    ? "open-schema definition made by the lab, as the published one is not at hand"
    : "the published definition";
  return { controller: await startController(plane, binaries), definition };
}
