import type { ChartName } from "../../../components/common/charts.js";
import { failed, judged, unchecked, type Finding } from "../claim.js";
import { list, read, type KubeObject } from "./objects.js";
import type { Target } from "./target.js";

export type WorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet";

export interface WorkloadRef {
  kind: WorkloadKind;
  namespace: string;
  name: string;
  /** Whether every node must have a pod of this DaemonSet. Default: only those the DaemonSet selects. */
  everyNode?: boolean;
}

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string }[];
}

/** The fields of the three kinds that say whether their pods are ready. */
export interface Workload extends KubeObject {
  spec: { replicas?: number; template: { spec: { containers: Container[] } } };
  status?: {
    replicas?: number;
    readyReplicas?: number;
    desiredNumberScheduled?: number;
    numberReady?: number;
  };
}

const plurals: Record<WorkloadKind, string> = {
  Deployment: "deployments",
  StatefulSet: "statefulsets",
  DaemonSet: "daemonsets",
};

export function readWorkload(
  target: Target,
  { kind, namespace, name }: WorkloadRef,
): Promise<Workload | undefined> {
  return read<Workload>(target.api, `/apis/apps/v1/namespaces/${namespace}/${plurals[kind]}/${name}`);
}

/** How many pods are ready, and how many there should be. */
export async function readiness(
  target: Pick<Target, "api">,
  { kind, everyNode = false }: Pick<WorkloadRef, "kind" | "everyNode">,
  { spec, status }: Workload,
): Promise<{ ready: number; wanted: number }> {
  if (kind !== "DaemonSet") return { ready: status?.readyReplicas ?? 0, wanted: spec.replicas ?? 1 };
  // A DaemonSet does not count nodes that a taint or a selector excludes.
  const nodes = everyNode ? ((await list(target.api, "/api/v1/nodes", true)) ?? []).length : 0;
  return { ready: status?.numberReady ?? 0, wanted: Math.max(status?.desiredNumberScheduled ?? 0, nodes) };
}

/** Why a workload does nothing now: it does not exist or has no pod ready. Undefined if a pod is ready. */
export async function whyNotRunning(target: Target, ref: WorkloadRef): Promise<string | undefined> {
  const label = `${ref.kind} ${ref.namespace}/${ref.name}`;
  const workload = await readWorkload(target, ref);
  if (!workload) return `there is no ${label}`;
  const { ready, wanted } = await readiness(target, ref, workload);
  return ready === 0 ? `${label} has 0 of ${wanted} pods ready` : undefined;
}

/**
 * A check whose proof a controller has written, such as a condition: it fails if the controller does not run, because a
 * condition outlives it. Simulated pods are not looked at: in the lab a controller runs as a process.
 */
export function whileRunning(ref: WorkloadRef, check: (target: Target) => Promise<Finding>) {
  return async (target: Target): Promise<Finding> => {
    const finding = await check(target);
    if (finding.status !== "proved" || target.simulatedPods) return finding;
    const problem = await whyNotRunning(target, ref);
    return problem === undefined ? finding : failed(`${finding.evidence}; but ${problem}`);
  };
}

/**
 * Whether every one of the workloads has all its pods ready. Simulated pods prove nothing.
 *
 * @param chart The chart they come from.
 * @param further What else has to be right about a workload; answers with what is not.
 */
export async function workloadsReady(
  target: Target,
  chart: ChartName,
  workloads: WorkloadRef[],
  further: (workload: Workload) => string[] = () => [],
): Promise<Finding> {
  const problems: string[] = [];
  const seen: string[] = [];
  const missing: string[] = [];
  for (const ref of workloads) {
    const label = `${ref.kind} ${ref.namespace}/${ref.name}`;
    const workload = await readWorkload(target, ref);
    if (!workload) {
      missing.push(label);
      continue;
    }
    const { ready, wanted } = await readiness(target, ref, workload);
    if (wanted === 0) problems.push(`${label} wants no pod`);
    else if (ready < wanted) problems.push(`${label} has ${ready} of ${wanted} pods ready`);
    problems.push(...further(workload).map((problem) => `${label} ${problem}`));
    seen.push(`${ref.name} ${ready}/${wanted}`);
  }
  if (missing.length > 0) problems.unshift(`there is no ${missing.join(", no ")}`);
  if (missing.length === workloads.length) return missingRelease(target, chart, problems.join("; "));
  const evidence = `${seen.join(", ")} ready`;
  return problems.length === 0 && target.simulatedPods ? needsRealPods(evidence) : judged(problems, evidence);
}

/** The finding where nothing of a release is there: failed, unless it could not be installed in the first place. */
export function missingRelease(target: Target, chart: ChartName, evidence: string): Finding {
  return target.recorded.has(chart)
    ? unchecked(
        `the release of ${chart} is recorded, not installed: its chart, or an image of its pods, could not be had`,
      )
    : failed(evidence);
}

/** For what only a pod that really runs can do. */
export const needsRealPods = (what: string): Finding =>
  unchecked(`${what}: no pod really runs on this cluster; check a cluster with real nodes`);

/** For what the page describes and this program does not bring. */
export const notBrought = (what: string): Finding =>
  unchecked(`${what}; this program does not install it, and checks it once it is there`);
