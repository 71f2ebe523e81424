import { run } from "../../kit/run.js";
import { UserError } from "../../kit/userError.js";

/** The node image of Kubernetes 1.36 that the pinned release of kind was made with (https://github.com/kubernetes-sigs/kind/releases). */
export const nodeVersion = "v1.36.4";
export const nodeImage = `kindest/node:${nodeVersion}@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed`;

export const clusterName = "cluster-security-lab";
export const kindNodeName = `${clusterName}-control-plane`;

/** @throws UserError where there is no docker, or it cannot be used. */
export async function demandDocker(): Promise<void> {
  await run(["docker", "version", "--format", "{{.Server.Version}}"]).catch((error: Error) => {
    throw new UserError(
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "docker is needed, because kind runs the node as a container; it is not on PATH. " +
            "Install it (https://docs.docker.com/engine/install/), or run the lab without containers: npm start"
        : `docker is needed, because kind runs the node as a container; it does not answer:\n${error.message}`,
    );
  });
}

/**
 * @param kind Path of kind.
 * @throws UserError with what kind said; the node's container is still there then, for its logs.
 */
export async function createCluster(kind: string, configuration: string, kubeconfig: string): Promise<void> {
  // The node becomes Ready with Cilium, which the program installs.
  const args = ["--config", configuration, "--kubeconfig", kubeconfig, "--wait", "0s", "--retain"];
  await runKind(kind, "create", "cluster", "--name", clusterName, ...args);
}

/** Deletes the cluster, if there is one. */
export async function deleteCluster(kind: string, kubeconfig: string): Promise<void> {
  await runKind(kind, "delete", "cluster", "--name", clusterName, "--kubeconfig", kubeconfig);
}

export async function exportLogs(kind: string, folder: string): Promise<void> {
  await runKind(kind, "export", "logs", "--name", clusterName, folder);
}

/** The node, as this machine sees it. */
export interface KindNode {
  /** Its file system; for root alone. */
  root: string;
  address: string;
}

export async function kindNode(): Promise<KindNode> {
  const format = "{{.State.Pid}} {{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
  const { stdout } = await run(["docker", "inspect", "--format", format, kindNodeName]);
  const [pid, address] = stdout.trim().split(" ");
  return { root: `/proc/${pid}/root`, address: address! };
}

async function runKind(kind: string, ...args: string[]): Promise<void> {
  // What looks into the node asks docker, so it has to be docker where there is podman as well.
  const env = { ...process.env, KIND_EXPERIMENTAL_PROVIDER: "docker" };
  await run([kind, ...args], { env }).catch((error: Error) => {
    throw new UserError(`kind ${args.slice(0, 2).join(" ")} failed:\n${error.message}`);
  });
}
