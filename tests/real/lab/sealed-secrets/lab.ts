import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ControlPlane } from "../../../../components/control-plane/controlPlane.js";
import { kubeadmConfigPath } from "../../../../components/control-plane/kubeadmConfig.js";
import { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { findOnPath } from "../../../../cli/kit/toolchain/tool.js";
import { userNamespaceProblem } from "../../../../cli/lab/sealedSecrets/userNamespaces.js";
import { capture, valueOf } from "../../../kit/capture.js";
import { skip } from "../../../kit/skip.js";

const projectFolder = fileURLToPath(new URL("../../../../", import.meta.url));

/** Path of a tool that `npm run tools` has found on PATH or built. */
export function binaries(name: string): string {
  const built = `${projectFolder}.cache/bin/${name}`;
  // It builds none that is on PATH already.
  const path = existsSync(built) ? built : findOnPath(name);
  if (path === undefined) throw new Error(`${name} is neither built nor on PATH; build it: npm run tools`);
  return path;
}

/** Skips, saying why and what would help, where the controller cannot run as a process. */
export function needUserNamespaces(test: Mocha.Context): void {
  const problem = userNamespaceProblem();
  if (problem !== undefined) skip(test, problem);
}

const node = { name: "musashi", address: "192.0.2.10" };

/** Starts a control plane of one node from the program's own files. Its encryption key is a new one every time. */
export async function startControlPlane(name: string): Promise<LabControlPlane> {
  let program!: ControlPlane;
  await capture(() => {
    program = new ControlPlane("control-plane", {
      clusterName: "lab",
      kubernetesVersion: "v1.36.2",
      certSANs: ["127.0.0.1"],
      nodes: [node],
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/12",
      dnsDomain: "cluster.local",
      audit: { maxAgeDays: 30, maxBackups: 10, maxSizeMB: 100 },
      encryption: {
        keys: [{ name: "key1", provider: "secretbox", secret: randomBytes(32).toString("base64") }],
      },
    });
  });
  const plane = await LabControlPlane.of({
    name,
    binaries,
    nodeAddress: node.address,
    configurationPath: kubeadmConfigPath,
    keep: false,
    rehearse: false,
  });
  await plane.apply(await valueOf(program.files));
  return plane;
}
