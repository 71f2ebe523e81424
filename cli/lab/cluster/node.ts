import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { until } from "../../kit/until.js";
import type { Values } from "../../plan/providers/standIn.js";
import { Api } from "../apply/api.js";
import { answers } from "./daemon.js";
import type { Binaries, ControlPlane } from "./controlPlane.js";

/** Runs kubectl with the lab's credentials. */
export function kubectl(binaries: Binaries, kubeconfig: string, args: string[], stdin?: string): string {
  const { status, stdout, stderr, error } = spawnSync(
    binaries("kubectl"),
    ["--kubeconfig", kubeconfig, "--cache-dir", join(dirname(kubeconfig), "cache"), ...args],
    { encoding: "utf8", input: stdin, maxBuffer: 256 * 1024 * 1024 },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`kubectl ${args.slice(0, 4).join(" ")} failed: ${stderr.trim()}`);
  return stdout;
}

/** Brings up kwok and a node of that name, and waits until the node is Ready. kwok plays the kubelet: pods only seem to run. */
export async function startNode(plane: ControlPlane, binaries: Binaries, name: string): Promise<void> {
  const { kubeconfig } = plane.paths;
  const health = `http://127.0.0.1:${plane.ports.kwok}/healthz`;
  await plane.run(
    "kwok",
    [
      binaries("kwok"),
      `--kubeconfig=${kubeconfig}`,
      "--manage-all-nodes",
      `--server-address=127.0.0.1:${plane.ports.kwok}`,
      "--node-lease-duration-seconds=40",
    ],
    () => answers(health),
  );
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node-role.kubernetes.io/control-plane": "",
      },
    },
    status: {
      allocatable: { cpu: "16", memory: "16Gi", pods: "110" },
      capacity: { cpu: "16", memory: "16Gi", pods: "110" },
    },
  };
  const api = await Api.connect(kubeconfig);
  await api.apply(node, { manager: "lab", force: true });
  const isReady = async () => {
    const live = await api.get(node);
    const conditions = (live?.["status"]?.conditions ?? []) as Values[];
    return conditions.some(({ type, status }) => type === "Ready" && status === "True");
  };
  await until(isReady, `node ${name} is not Ready after 30 s; see ${plane.paths.logs}/kwok.log`);
}
