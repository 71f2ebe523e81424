import { until } from "../../kit/until.js";
import type { Values } from "../../plan/providers/standIn.js";
import { ObjectApi } from "../apply/objectApi.js";
import { answers } from "./daemon.js";
import type { Binaries, LabControlPlane } from "./labControlPlane.js";

/** Brings up kwok and a node of that name, and waits until the node is Ready. kwok plays the kubelet: pods only seem to run. */
export async function startNode(plane: LabControlPlane, binaries: Binaries, name: string): Promise<void> {
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
  const api = await ObjectApi.connect(kubeconfig);
  await api.apply(node, { manager: "lab", force: true });
  const isReady = async () => {
    const live = await api.get(node);
    const conditions = (live?.["status"]?.conditions ?? []) as Values[];
    return conditions.some(({ type, status }) => type === "Ready" && status === "True");
  };
  await until(isReady, `node ${name} is not Ready after 30 s; see ${plane.paths.logs}/kwok.log`);
}
