import { parse } from "yaml";
import type { Ports } from "./ports.js";

/** What the kubelet would start for one static pod. */
export interface StaticPod {
  name: string;
  command: string[];
}

/** Reads name and command of a manifest that kubeadm rendered. */
export function staticPod(manifest: string): StaticPod {
  const pod = parse(manifest) as {
    metadata: { name: string };
    spec: { containers: { command: string[] }[] };
  };
  return { name: pod.metadata.name, command: pod.spec.containers[0]!.command };
}

/** Where the node's files and ports are on this machine. */
export interface Placement {
  /** Folder that stands for the node's root. */
  node: string;
  /** Address the node has in the settings; nothing listens there on this machine. */
  address: string;
  ports: Ports;
}

/** Folders of a node that a manifest's arguments point into. */
const nodeFolders = /(^|=|,)(\/etc\/kubernetes\/|\/var\/log\/kubernetes\/|\/var\/lib\/etcd)/g;

/**
 * The command with paths moved below the node's folder and ports and addresses moved to the loopback interface. What a
 * flag does stays as kubeadm wrote it.
 */
export function placed({ name, command }: StaticPod, placement: Placement): string[] {
  const { node, ports, address } = placement;
  const [program, ...flags] = command;
  const moved = flags.map((flag) => {
    const value = flag
      .replaceAll(`https://${address}:2379`, `https://127.0.0.1:${ports.etcdClient}`)
      .replaceAll("https://127.0.0.1:2379", `https://127.0.0.1:${ports.etcdClient}`)
      .replaceAll(`https://${address}:2380`, `https://127.0.0.1:${ports.etcdPeer}`)
      .replaceAll("http://127.0.0.1:2381", `http://127.0.0.1:${ports.etcdMetrics}`)
      .replace(nodeFolders, (_, before: string, folder: string) => `${before}${node}${folder}`);
    if (value.startsWith("--listen-client-urls="))
      return `--listen-client-urls=https://127.0.0.1:${ports.etcdClient}`;
    if (name === "kube-apiserver" && value.startsWith("--secure-port="))
      return `--secure-port=${ports.apiServer}`;
    return value;
  });
  return [program!, ...moved, ...extraFlags(name, ports)];
}

/**
 * One that has to hold a lease ends when it cannot renew it, such as while the API server restarts. A kubelet would start
 * it anew; here nobody does, and there is no second one that it could get in the way of.
 */
const alone = ["--leader-elect=false"];

/** Flags that only this machine needs. */
function extraFlags(name: string, ports: Ports): string[] {
  switch (name) {
    case "kube-apiserver":
      return [
        "--bind-address=127.0.0.1",
        // Admission webhooks name Services whose pods do not really run here: every write they match would be refused.
        "--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
      ];
    case "kube-controller-manager":
      return [`--secure-port=${ports.controllerManager}`, ...alone];
    case "kube-scheduler":
      return [`--secure-port=${ports.scheduler}`, ...alone];
    default:
      return [];
  }
}
