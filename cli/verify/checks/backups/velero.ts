import { addOnNamespaces } from "../../../../components/common/addOnNamespaces.js";
import { list, type KubeObject } from "../../cluster/objects.js";
import type { LabelSelector } from "../../cluster/selectors.js";
import type { Target } from "../../cluster/target.js";
import type { WorkloadRef } from "../../cluster/workloads.js";

/** Namespace of Velero. */
export const namespace = addOnNamespaces.velero;

/** Velero's server: makes the backups, validates schedules and the bucket. */
export const deployment: WorkloadRef = { kind: "Deployment", namespace, name: "velero" };

/** Path of the kinds of Velero. */
export const velero = `/apis/velero.io/v1/namespaces/${namespace}`;

/** A Schedule, as far as it says what its backups hold. */
export type LiveSchedule = KubeObject & {
  spec: {
    schedule: string;
    paused?: boolean;
    template: {
      includedNamespaces?: string[];
      excludedNamespaces?: string[];
      includedResources?: string[];
      excludedResources?: string[];
      includedNamespaceScopedResources?: string[];
      excludedNamespaceScopedResources?: string[];
      labelSelector?: LabelSelector;
      orLabelSelectors?: LabelSelector[];
    };
  };
  status?: { phase?: string; validationErrors?: string[] };
};

/** Every Schedule; undefined where the cluster does not know the kind. */
export function readSchedules({ api }: Target): Promise<LiveSchedule[] | undefined> {
  return list<LiveSchedule>(api, `${velero}/schedules`);
}

/** The namespaces, of all there are, that the backups of a Schedule hold; patterns are looked up. */
export function backedUpNamespaces({ spec: { template } }: LiveSchedule, all: readonly string[]): string[] {
  const { includedNamespaces = [], excludedNamespaces = [] } = template;
  const included = includedNamespaces.length === 0 ? ["*"] : includedNamespaces;
  return all.filter((name) => matches(included, name) && !matches(excludedNamespaces, name));
}

function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) =>
    new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name),
  );
}

/** Whether the backups of a Schedule hold objects of a kind, named in the plural, that lies in namespaces. */
export function holdsKind({ spec: { template } }: LiveSchedule, plural: string): boolean {
  const named = (kinds: string[] = []) => kinds.includes("*") || kinds.includes(plural);
  const included = [
    ...(template.includedResources ?? []),
    ...(template.includedNamespaceScopedResources ?? []),
  ];
  return (
    (included.length === 0 || named(included)) &&
    !named(template.excludedResources) &&
    !named(template.excludedNamespaceScopedResources)
  );
}

/** What Velero leaves out of every backup (components/common/stateSecret.ts). */
const notLeftOut = "velero.io/exclude-from-backup!=true";

/**
 * The objects of a kind that the next backup of a Schedule holds, by the API server's own reading of its selectors.
 *
 * @param plural Kind of the core group in the plural.
 * @param query Further query of the list. Default: none.
 */
export async function heldObjects<T extends KubeObject>(
  { api }: Target,
  schedule: LiveSchedule,
  namespaces: readonly string[],
  plural: string,
  { query = "", metadataOnly = false } = {},
): Promise<T[]> {
  if (!holdsKind(schedule, plural)) return [];
  const { labelSelector, orLabelSelectors } = schedule.spec.template;
  const selectors = orLabelSelectors?.length ? orLabelSelectors : [labelSelector ?? {}];
  const found = new Map<string, T>();
  for (const namespace of namespaces) {
    for (const selector of selectors) {
      const labels = encodeURIComponent([...requirements(selector), notLeftOut].join(","));
      const path = `/api/v1/namespaces/${namespace}/${plural}?labelSelector=${labels}${query}`;
      for (const object of (await list<T>(api, path, metadataOnly)) ?? []) {
        found.set(`${namespace}/${object.metadata.name}`, object);
      }
    }
  }
  return [...found.values()];
}

/** A selector as the API server takes it in a query. */
function requirements({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      if (operator === "Exists") return key;
      if (operator === "DoesNotExist") return `!${key}`;
      return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
    }),
  ];
}
