import type { RealNode } from "../realNode.js";

/**
 * Applies objects as an administrator of the node's cluster.
 *
 * @param objects In YAML, or as they are.
 * @param namespace Of all of them that have one. Default: each names its own.
 */
export async function apply(
  node: RealNode,
  objects: string | Buffer | readonly object[],
  namespace?: string,
): Promise<void> {
  const given =
    typeof objects === "string" || Buffer.isBuffer(objects)
      ? objects
      : JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const into = namespace === undefined ? [] : ["--namespace", namespace];
  await node.run(["kubectl", "apply", "--server-side", ...into, "--filename", "-"], given);
}

/** Waits until all pods of a workload are ready. */
export async function ready(node: RealNode, namespace: string, workload: string): Promise<void> {
  const rollout = ["rollout", "status", workload, "--timeout=180s"];
  await node.run(["kubectl", "--namespace", namespace, ...rollout]);
}

/** A namespace, which a stack may know already. */
export const namespaceOf = (name: string): object => ({
  ...{ apiVersion: "v1", kind: "Namespace" },
  metadata: { name },
});
