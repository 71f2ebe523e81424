import type { Manifest } from "../../../../cli/reach/policies.js";
import { until } from "../../../../cli/kit/until.js";
import type { RealNode } from "../../../../cli/lab/node/realNode.js";

/** The command line, in the node, that runs a command in the agent. */
export const agent = [
  "kubectl",
  "--namespace",
  "kube-system",
  "exec",
  "daemonset/cilium",
  "--container",
  "cilium-agent",
  "--",
];

/** Applies policies and waits until Cilium enforces them for every pod. */
export async function applyPolicies(node: RealNode, policies: readonly Manifest[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: policies });
  await node.run(["kubectl", "apply", "--server-side", "--filename", "-"], list);
  const wanted = policies.map(({ kind, metadata }) => `${kind} ${metadata!.namespace}/${metadata!.name}`);
  let missing = wanted;
  const revision = await until(
    async () => {
      const { stdout } = await node.run([...agent, "cilium-dbg", "policy", "get", "--output", "json"]);
      const { policy, revision } = JSON.parse(stdout) as { policy: string; revision: number };
      const known = (JSON.parse(policy) as { Labels: { key: string; value: string }[] }[]).map(
        ({ Labels }) => {
          const of = (key: string) =>
            Labels.find((label) => label.key === `io.cilium.k8s.policy.${key}`)?.value;
          return `${of("derived-from")} ${of("namespace")}/${of("name")}`;
        },
      );
      missing = wanted.filter((one) => !known.includes(one));
      return missing.length === 0 && revision;
    },
    () => `policies that the agent does not know: ${missing.join(", ")}`,
    { pause: 1000 },
  );
  await node.run([...agent, "cilium-dbg", "policy", "wait", String(revision)]);
}
