import type { RealNode } from "../realNode.js";

/**
 * Applies objects as an administrator of the node's cluster.
 *
 * @param objects In YAML, or as they are.
 */
export async function apply(node: RealNode, objects: string | Buffer | readonly object[]): Promise<void> {
  const given =
    typeof objects === "string" || Buffer.isBuffer(objects)
      ? objects
      : JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  await node.run(["kubectl", "apply", "--server-side", "--filename", "-"], given);
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
