import { isNoWriter } from "../../../../components/access/admission/networkPolicies.js";
import { admissionObjects } from "../../../../components/access/admission/objects.js";
import { workloads, type ResourceRule } from "../../../../components/access/admission/policy.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import type { Api } from "../../../../stacks/kubernetes/api.js";
import type { Finding } from "../../claim.js";
import type { Service } from "../../cluster/kinds.js";
import { list, read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { isolatedIn, judgedByPolicies, tried, unboundPolicy, type AdmissionTrial } from "./trials.js";

/** A kind that the API server serves. */
interface JudgedKind {
  apiVersion: string;
  kind: string;
  resource: string;
  /** Path of the version's resources. */
  base: string;
  namespaced: boolean;
}

/**
 * Not listed: what makes pods is judged by a pod (workloads.ts), Secrets are not read, and of Endpoints that somebody writes
 * Kubernetes makes EndpointSlices.
 */
const leftOut = new Set(["secrets", "endpoints", ...workloads.flatMap(({ resources }) => resources)]);

/**
 * Whether the objects that the policies judge when they are written keep to the rules. One from before stays under deny, and
 * may be labelled, but is refused when somebody creates it anew: by a restore, or a sync after it was deleted. The API server
 * itself judges each of them, and makes none (dryRun). Where it speaks of the user that asks, nothing is said of the object.
 */
export async function objectsKeepRules(target: Target): Promise<Finding> {
  const unbound = await unboundPolicy(target);
  if (unbound) return unbound;
  const trials: AdmissionTrial[] = [];
  const kinds = new Set<string>();
  for await (const { served, object } of judgedObjects(target)) {
    const { apiVersion, kind } = served;
    const { name, namespace } = object.metadata;
    const title = `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
    const body = { apiVersion, kind, ...asNew(object) };
    trials.push(ofTheObject(await tried(target.api, title, collectionOf(served, namespace), body)));
    kinds.add(kind);
  }
  const isDenied = admissionArgs(target.settings).action === "deny";
  return judgedByPolicies(trials, {
    broken: `${isDenied ? "are refused" : "would be refused under deny"} when they are created anew`,
    kept:
      trials.length === 0
        ? "there is no object that the policies judge"
        : `${trials.length} objects (${[...kinds].sort().join(", ")}): each would be accepted anew`,
  });
}

/** Under deny the API server says one reason alone, so that others may be behind that of who writes. */
function ofTheObject(trial: AdmissionTrial): AdmissionTrial {
  if (!("breaches" in trial)) return trial;
  const breaches = trial.breaches.filter((breach) => !breach.includes(isNoWriter));
  if (breaches.length > 0 || trial.breaches.length === 0) return { ...trial, breaches };
  return { title: trial.title, untried: trial.breaches.join("; ") };
}

/** What a policy looks at, where its binding does. */
async function* judgedObjects(target: Target): AsyncGenerator<{ served: JudgedKind; object: KubeObject }> {
  const isolated = await isolatedIn(target);
  for (const { policy, binding } of admissionObjects(admissionArgs(target.settings))) {
    const bound = binding.matchResources?.namespaceSelector.matchExpressions.flatMap(({ values }) => values);
    for (const served of await servedOf(target.api, policy.matchConstraints.resourceRules)) {
      // A selector of namespaces leaves out nothing that has none.
      const places =
        served.namespaced && bound ? isolated.filter((each) => bound.includes(each)) : [undefined];
      for (const place of places) {
        const objects = (await list(target.api, collectionOf(served, place))) ?? [];
        for (const object of objects) if (!isKubernetesOwn(object)) yield { served, object };
      }
    }
  }
}

const collectionOf = (
  { base, resource }: Pick<JudgedKind, "base" | "resource">,
  namespace?: string,
): string => `${base}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${resource}`;

/** The kinds of a policy's rules that the API server serves, each in one version. */
async function servedOf(api: Api, rules: ResourceRule[]): Promise<JudgedKind[]> {
  const found = new Map<string, JudgedKind>();
  for (const { apiGroups, apiVersions, resources } of rules) {
    const [group] = apiGroups as [string];
    const wanted = resources.filter((resource) => !leftOut.has(resource));
    if (wanted.length === 0) continue;
    for (const version of await versionsOf(api, group, apiVersions)) {
      const apiVersion = group === "" ? version : `${group}/${version}`;
      const base = group === "" ? `/api/${version}` : `/apis/${apiVersion}`;
      const there = await read<{ resources: { name: string; kind: string; namespaced: boolean }[] }>(
        api,
        base,
      );
      for (const { name, kind, namespaced } of there?.resources ?? []) {
        const key = `${name}.${group}`;
        if (wanted.includes(name) && !found.has(key))
          found.set(key, { apiVersion, kind, resource: name, base, namespaced });
      }
    }
  }
  return [...found.values()];
}

async function versionsOf(api: Api, group: string, versions: string[]): Promise<string[]> {
  if (!versions.includes("*")) return versions;
  const served = await read<{ versions: { version: string }[] }>(api, `/apis/${group}`);
  return (served?.versions ?? []).map(({ version }) => version);
}

/** Whether Kubernetes writes it, by a user that the policies leave out. */
function isKubernetesOwn({ metadata: { labels = {} } }: KubeObject): boolean {
  return (
    labels["kubernetes.io/bootstrapping"] === "rbac-defaults" ||
    labels["endpointslice.kubernetes.io/managed-by"] === "endpointslice-controller.k8s.io"
  );
}

/** The object as somebody writes it who creates it: without what the API server has added. */
function asNew(object: KubeObject): object {
  const { name, namespace, labels, annotations } = object.metadata;
  const { spec, ...rest } = object as Service;
  const metadata = { name, namespace, labels, annotations };
  if (spec === undefined) return { ...rest, status: undefined, metadata };
  // Addresses and ports of a Service are taken, by itself.
  const addresses = spec.clusterIP === "None" ? {} : { clusterIP: undefined, clusterIPs: undefined };
  const given = { ...addresses, healthCheckNodePort: undefined };
  const ports = spec.ports?.map((port) => ({ ...port, nodePort: undefined }));
  return { ...rest, status: undefined, metadata, spec: { ...spec, ...given, ...(ports ? { ports } : {}) } };
}
