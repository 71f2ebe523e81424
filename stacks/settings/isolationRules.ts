import { choice, takeOut } from "../../components/common/mend.js";
import { exemption } from "../../components/network/isolation/exempt.js";
import type { Flow } from "../../components/network/isolation/flow.js";
import { FlowError } from "../../components/network/isolation/flowError.js";
import { undoneHttp } from "../../components/network/isolation/narrowing.js";
import { resolveFlow } from "../../components/network/isolation/resolve.js";
import { enforcementOf } from "./derived/enforcement.js";
import { addOnFlows, alloyFlows, idleFlows } from "./derived/flows.js";
import { isInDnsDomain, isServiceName } from "./derived/endpoint.js";
import { lokiOf } from "./derived/loki.js";
import { isolatedNamespaces, ownNamespaces } from "./derived/namespaces.js";
import { knownServices } from "./derived/services.js";
import { outsideProblem, overlaps, unreachableReason, within } from "./fields/networks.js";
import { riskyFlowNotes } from "./notes/flows.js";
import type { Report } from "./rules/index.js";
import type { Settings } from "./schema.js";

/** The rules of network.isolated, network.flows and network.enforcement. */
export function isolationProblems(settings: Settings, report: Report): void {
  const { network } = settings;
  network.isolated.forEach((namespace, index) => {
    const path = ["network", "isolated", index];
    const reason = exemption(namespace);
    if (reason) report(path, `${namespace} is never isolated: ${reason}`, takeOut);
    const first = network.isolated.indexOf(namespace);
    if (first < index) report(path, `"${namespace}" is in network.isolated[${first}] already`, takeOut);
    if (network.notIsolated.includes(namespace))
      report(path, `"${namespace}" is in network.notIsolated as well`, choice("take it out of one of them"));
  });
  const own: string[] = ownNamespaces(settings);
  network.notIsolated.forEach((namespace, index) => {
    if (own.includes(namespace)) return;
    report(
      ["network", "notIsolated", index],
      `this stack makes no ${namespace}, and isolates only what network.isolated names besides; it makes ${own.join(", ")}`,
    );
  });
  const known = knownServices(settings);
  const given = network.flows.flatMap((setting, index) => {
    const path = ["network", "flows", index];
    const parts = Object.keys(setting).length > 1 ? "flow" : undefined;
    const flow = resolved(() => resolveFlow(setting, known), path, report, parts);
    for (const [end, away] of [
      [flow?.to, true],
      [flow?.from, false],
    ] as const)
      if (end?.kind === "networks") outsideTheCluster(settings, end.cidrs, { path, away }, report);
    for (const name of flow?.to.kind === "hosts" ? flow.to.names : []) {
      const isInside = isServiceName(name, settings.cluster) || isInDnsDomain(name, settings.cluster);
      const problem = isInside
        ? `${name} is a name inside the cluster, whose address never matches`
        : unreachableReason(name);
      if (problem) report(path, problem, isInside ? choice("name the namespace") : undefined);
    }
    return flow ? [{ flow, index }] : [];
  });
  const needed = [...addOnFlows(settings), ...reachedLoki(settings, report)];
  requestsAreNarrowed(given, needed, report);
  enforcementIsMeant(settings, report);
}

/**
 * The result, or undefined and a report.
 *
 * @param part Where the sentence stands, if not at the path itself.
 */
function resolved<T>(work: () => T, path: SettingPath, report: Report, part?: string): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    const { problem, mend } = error;
    report(path, problem, mend && "replace" in mend ? { ...mend, part } : mend);
    return undefined;
  }
}

/** Policies add up: next to a flow that lets every request through, one with `http` refuses none. */
function requestsAreNarrowed(
  given: readonly { flow: Flow; index: number }[],
  own: readonly Flow[],
  report: Report,
): void {
  const all = [...given, ...own.map((flow) => ({ flow, index: undefined }))];
  const named = (at: number) => `network.flows[${all[at]!.index}] "${all[at]!.flow.sentence}"`;
  for (const { narrowed, plain } of undoneHttp(all.map(({ flow }) => flow))) {
    const [narrow, wide] = [all[narrowed]!.index, all[plain]!.index];
    if (narrow !== undefined) {
      const what = wide === undefined ? "a flow that this program needs itself" : named(plain);
      report(
        ["network", "flows", narrow, "http"],
        `refuses nothing, because ${what} lets every request through`,
        choice("take one of them out"),
      );
    } else if (wide !== undefined) {
      const { http } = all[narrowed]!.flow;
      const allowed = http!.map(({ method, path }) => `${method} ${path}`).join(", ");
      report(
        ["network", "flows", wide],
        `lets every request through, where this program lets only ${allowed} through`,
        choice("give it http with the further ones that are meant"),
      );
    }
  }
}

/** The flows of the audit log to Loki, as far as it is known where that is. */
function reachedLoki(settings: Settings, report: Report): Flow[] {
  const { auditLogs, cluster, monitoring } = settings;
  // Another rule asks for an address.
  if (!auditLogs.loki.url && !monitoring.enabled) return [];
  const path = ["auditLogs", "loki"];
  const target = resolved(() => lokiOf(settings), path, report);
  if (!target) return [];
  const cidrs = target.to.kind === "networks" ? target.to.cidrs : [];
  for (const key of ["podSubnet", "serviceSubnet"] as const) {
    if (!cidrs.some((cidr) => overlaps(cidr, cluster[key]))) continue;
    report(
      [...path, "url"],
      `${auditLogs.loki.url} lies in cluster.${key} ${cluster[key]}, where no address ever matches a policy`,
      choice(
        `write the name of the Service, such as http://loki.${monitoring.namespace}.svc.${cluster.dnsDomain}:3100`,
      ),
    );
  }
  return alloyFlows(settings);
}

/**
 * Policies know pods and nodes by who they are; their addresses match nothing. A network that a flow comes from may hold
 * them, since the rest of it matches.
 */
function outsideTheCluster(
  { cluster }: Settings,
  cidrs: string[],
  { path, away }: { path: SettingPath; away: boolean },
  report: Report,
): void {
  const concerns = (cidr: string, other: string) => overlaps(cidr, other) && (away || within(cidr, other));
  for (const cidr of cidrs) {
    const problem = outsideProblem(cidr);
    if (problem) report(path, problem);
    for (const key of ["podSubnet", "serviceSubnet"] as const) {
      if (!concerns(cidr, cluster[key])) continue;
      report(
        path,
        `${cidr} overlaps cluster.${key} ${cluster[key]}, where no address ever matches`,
        choice("name the namespace"),
      );
    }
    const node = cluster.nodes.find(({ address }) => concerns(cidr, `${address}/32`));
    if (node)
      report(
        path,
        `${cidr} holds the address of node ${node.name}, which never matches`,
        choice("write nodes if all of them are meant"),
      );
  }
}

type SettingPath = (string | number)[];

/**
 * What a stack had before cannot be seen here, so the word that nothing need be enforced stands next to audit from the
 * first day, and must go with it: who goes back has to write it again.
 */
function enforcementIsMeant(settings: Settings, report: Report): void {
  const { allowUnenforced } = settings.network;
  if (enforcementOf(settings) === "audit" && !allowUnenforced) {
    report(
      ["network", "enforcement"],
      "audit stops Cilium from enforcing any network policy of the cluster",
      choice("if that is meant, say so: allowUnenforced: true"),
    );
  }
  if (enforcementOf(settings) === "enforce" && allowUnenforced) {
    report(
      ["network", "allowUnenforced"],
      "true goes with enforcement: audit alone, so that nobody goes back without saying so again",
      takeOut,
    );
  }
}

/** What a reader of the plan should know about isolation. */
export function isolationNotes(settings: Settings): string[] {
  const { cluster, monitoring, network } = settings;
  const notes: string[] = [];
  if (enforcementOf(settings) === "audit") {
    notes.push(
      "network.enforcement audit: Cilium enforces no network policy of the whole cluster, it only reports what it would have dropped. Every pod reaches every other one, and HTTP rules are left out. Go on to enforce: docs/guides/isolate-a-namespace.md.",
    );
  } else if (cluster.existing && network.enforcement === undefined) {
    notes.push(
      `network.enforcement is not given, so policies bind at once: what no flow allows to or from ${isolatedNamespaces(settings).join(", ")} stops. On a cluster that exists begin with audit: docs/guides/isolate-a-namespace.md.`,
    );
  }
  for (const namespace of network.notIsolated) {
    notes.push(
      `network.notIsolated: any pod of the cluster reaches those of ${namespace}, these reach anything, and no admission policy looks at them.`,
    );
  }
  if (monitoring.enabled && network.isolated.includes(monitoring.namespace)) {
    notes.push(
      `network.isolated ${monitoring.namespace}: what alerts need is let through, and Prometheus to what this program measures. The rest is for network.flows to say: Prometheus, Grafana and the operators to kube-apiserver, Prometheus to nodes:10250 and further targets, kube-apiserver to the operator's webhook, and who opens Grafana.`,
    );
  }
  notes.push(...riskyFlowNotes(settings));
  for (const index of idleFlows(settings)) {
    const { sentence } = network.flows[index]!.flow;
    notes.push(`network.flows[${index}] "${sentence}" changes nothing: neither of its ends is isolated.`);
  }
  return notes;
}
