import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { stop } from "../../../../cli/lab/cluster/daemon.js";
import { processName, type RunningController } from "../../../../cli/lab/sealedSecrets/controller.js";

/** Ends the controller; the lab goes on. */
export async function stopController(plane: LabControlPlane): Promise<void> {
  await stop(plane.paths.processes, processName);
}

/** Certificate in PEM form that the controller tells others to seal with. */
export async function certificateInUse({ url }: RunningController): Promise<string> {
  const response = await fetch(`${url}/v1/cert.pem`);
  if (!response.ok) throw new Error(`the controller gives no certificate: HTTP ${response.status}`);
  return response.text();
}
