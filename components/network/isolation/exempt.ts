import { systemNamespace } from "../../common/addOnNamespaces.js";

/** Namespaces that are never isolated as a whole, and why. Our pods there have policies that select those pods alone. */
export const exemptNamespaces: Readonly<Record<string, string>> = {
  [systemNamespace]:
    "every pod needs DNS and Cilium from there, and one missing flow would lock everybody out; the pods that this program runs there have policies of their own",
  "kube-public": "it holds what joining nodes read, and no pod",
  "kube-node-lease": "it holds the heartbeats of nodes, and no pod",
  default:
    "it holds the Service of the API server and whatever was started without a namespace, whose flows nobody has listed",
};

/** Why a namespace is never isolated; undefined where it may be. */
export function exemption(namespace: string): string | undefined {
  return Object.hasOwn(exemptNamespaces, namespace) ? exemptNamespaces[namespace] : undefined;
}
