import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Binaries, LabControlPlane } from "../cluster/labControlPlane.js";
import { answers } from "../cluster/daemon.js";
import { freePorts } from "../cluster/ports.js";
import { kubectlWith, type Kubectl } from "../kubectl.js";
import { installation, type Installation } from "./installation.js";

/** Name of the process among the lab's, and of its log. */
export const processName = "sealed-secrets-controller";

/**
 * How long its token is valid, in hours. A kubelet renews a pod's token every hour; nobody does here, so that it is made
 * for longer than a lab is kept. It is worth nothing beyond this cluster, and nothing once the cluster is gone.
 */
const tokenHours = 30 * 24;

export interface RunningController extends Installation {
  /** Address of its HTTP server. */
  url: string;
}

const inCluster = fileURLToPath(new URL("inCluster.sh", import.meta.url));

/**
 * Starts the real Sealed Secrets controller as a process of the lab, or restarts it: with the flags the cluster's
 * Deployment has, and the token of its own ServiceAccount, so with exactly the rights it has in a cluster.
 *
 * The cluster has to know SealedSecrets, and the sealing keys have to be there: a controller
 * that finds none makes one of its own. Look at {@link userNamespaceProblem} before.
 *
 * @throws Error with the end of its log when it does not come up.
 */
export async function startController(
  plane: LabControlPlane,
  binaries: Binaries,
): Promise<RunningController> {
  const kubectl = kubectlWith(binaries("kubectl"), plane.paths.kubeconfig);
  const found = await installation(kubectl);
  const [http, metrics] = await freePorts(2);
  const url = `http://127.0.0.1:${http}`;
  const folder = join(plane.paths.root, "sealed-secrets");
  try {
    await writeCredentials(folder, plane, kubectl, found);
    await plane.run(
      processName,
      [
        ...["unshare", "--map-root-user", "--mount", "sh", inCluster, folder],
        // The kernel forgets it of a process that changes its credentials, as unshare does.
        ...(plane.keep ? [] : ["setpriv", "--pdeathsig", "KILL"]),
        binaries("sealed-secrets-controller"),
        ...found.flags,
        // The last one counts.
        `--listen-addr=127.0.0.1:${http}`,
        `--listen-metrics-addr=127.0.0.1:${metrics}`,
      ],
      () => answers(`${url}/healthz`),
      // Where a pod finds the API server.
      { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(plane.ports.apiServer) },
    );
  } finally {
    // It has its own copy.
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...found, url };
}

/** What a pod has of its ServiceAccount. */
async function writeCredentials(
  folder: string,
  plane: LabControlPlane,
  kubectl: Kubectl,
  { namespace, serviceAccount }: Installation,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  const write = (name: string, content: string) =>
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  const create = ["create", "token", serviceAccount, "--namespace", namespace, `--duration=${tokenHours}h`];
  write("token", (await kubectl(create)).trim());
  write("ca.crt", readFileSync(join(plane.paths.node, "etc/kubernetes/pki/ca.crt"), "utf8"));
  write("namespace", namespace);
}
