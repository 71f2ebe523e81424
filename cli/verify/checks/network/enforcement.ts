import { systemNamespace as namespace } from "../../../../components/common/addOnNamespaces.js";
import { enforcementOf } from "../../../../stacks/settings/derived/enforcement.js";
import { failed, judged, unchecked, type Finding } from "../../claim.js";
import { list, namespacedName, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import {
  missingRelease,
  needsRealPods,
  readiness,
  readWorkload,
  type WorkloadRef,
} from "../../cluster/workloads.js";
import { noConfig, readConfig, type AgentSettings, type CiliumConfig } from "./ciliumConfig.js";

/** Cilium's audit mode is a switch of every agent, for every policy of the cluster. */
const auditKey = "policy-audit-mode";

interface Agent extends KubeObject {
  status?: {
    containerStatuses?: { name: string; state?: { running?: { startedAt?: string } } }[];
  };
}

/** Whether Cilium's agents enforce policies: they are told to, they run, and they have been told before they started. */
export async function enforcement(target: Target): Promise<Finding> {
  const config = await readConfig(target);
  if (!config) return missingRelease(target, "cilium", noConfig);
  const problems = config.settings.flatMap((settings) => notEnforced(settings, target));
  if (problems.length > 0) return failed(problems.join("; "));
  const mode = [...new Set(config.settings.map(modeOf))].join(" and ");
  if (target.simulatedPods) return needsRealPods(`enable-policy ${mode}`);
  return agentsFollow(target, config, `enable-policy ${mode}`);
}

/** Cilium's agents. A node without one enforces no policy and encrypts nothing. */
export const ciliumAgents: WorkloadRef = { kind: "DaemonSet", namespace, name: "cilium", everyNode: true };

/** Whether an agent runs on every node, and each has read what cilium-config says now. */
export async function agentsFollow(target: Target, config: CiliumConfig, says: string): Promise<Finding> {
  const agents = await readWorkload(target, ciliumAgents);
  if (!agents)
    return failed(`cilium-config is there, but no DaemonSet ${namespace}/cilium that would read it`);
  const { ready, wanted } = await readiness(target, ciliumAgents, agents);
  if (ready < wanted || wanted === 0) return failed(`cilium is ready on ${ready} of ${wanted} nodes`);
  const old = await olderAgents(target, config.changedAt);
  return old.length > 0
    ? unchecked(
        `${says}, but an agent reads cilium-config when it starts, and of these it is not known that they ` +
          `started after its last change: ${old.join(", ")}; kubectl -n ${namespace} rollout restart daemonset cilium`,
      )
    : judged([], `${says}, cilium ${ready}/${wanted} ready, all started since the last change of it`);
}

const modeOf = ({ data }: AgentSettings): string => (data["enable-policy"] ?? "default").toLowerCase();

/** Why agents with these settings let everything through; nothing where they do not. */
function notEnforced(agents: AgentSettings, target: Target): string[] {
  const { source, data } = agents;
  const audit = data[auditKey] ?? "false";
  if (audit !== "false") {
    const wanted =
      enforcementOf(target.settings) === "audit"
        ? "as the settings say (network.enforcement audit); docs/guides/isolate-a-namespace.md goes on to enforce"
        : "though the settings say network.enforcement enforce";
    return [
      `${source} has ${auditKey} ${audit}, ${wanted}: no network policy is enforced there, ` +
        "Cilium only reports what it would drop",
    ];
  }
  return modeOf(agents) === "never" ? [`${source} has enable-policy never`] : [];
}

/** Agents that may have read an older state of the settings; everybody where there is none at all. */
async function olderAgents({ api }: Target, changed: number): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=k8s-app%3Dcilium`;
  const agents = (await list<Agent>(api, path)) ?? [];
  if (agents.length === 0) return ["no pod with the label k8s-app=cilium"];
  return agents
    .filter(({ status }) => {
      const agent = status?.containerStatuses?.find(({ name }) => name === "cilium-agent");
      const started = agent?.state?.running?.startedAt;
      return started === undefined || Date.parse(started) < changed;
    })
    .map(namespacedName);
}
