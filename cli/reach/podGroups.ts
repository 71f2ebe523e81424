import type { ILabelSelector } from "@kubernetes-models/apimachinery/apis/meta/v1/LabelSelector";
import { ciliumEnds } from "./ciliumRules.js";
import type { PolicySet } from "./policies.js";

/** Pods that policies tell apart from others. */
export interface PodGroup {
  namespace: string;
  /** Without labels: the pods of the namespace that nothing but the namespace is known of. */
  labels: Record<string, string>;
}

type Labels = PodGroup["labels"];

/** Stands for every namespace that no policy names. */
export const elsewhere = "any other namespace";

/** The label that every namespace has, with its name. */
export const namespaceLabel = "kubernetes.io/metadata.name";

/** Labels that name an application, the best first. */
const naming = ["k8s-app", "app.kubernetes.io/name", "app"];

/** The pods that policies name, each with what it is called: `backstage`, `harbor/core`. */
export class PodGroups {
  private readonly byKey = new Map<string, PodGroup & { name: string }>();

  constructor(sets: readonly PolicySet[]) {
    const ends = sets.flatMap(endsOf);
    const found = new Map<string, PodGroup>();
    for (const end of ends) {
      // Every namespace has pods of which no more is known.
      for (const podGroup of [{ namespace: end.namespace, labels: {} }, end])
        found.set(keyOf(podGroup), podGroup);
    }
    const own = new Map<string, string>();
    for (const { name, namespace, spec } of sets.flatMap(({ standard }) => standard)) {
      const labels = spec.podSelector?.matchLabels ?? {};
      // A policy that is called like the application knows best.
      if (Object.values(labels).includes(name)) own.set(keyOf({ namespace, labels }), name);
    }
    const taken = new Map<string, number>();
    const names = [...found].map(([key, { namespace, labels }]): [string, PodGroup & { name: string }] => {
      const app = own.get(key) ?? shortName(labels);
      const name = app === undefined ? namespace : `${namespace}/${app}`;
      taken.set(name, (taken.get(name) ?? 0) + 1);
      return [key, { namespace, labels, name }];
    });
    for (const [key, podGroup] of names.sort(([, a], [, b]) => (a.name < b.name ? -1 : 1))) {
      const ambiguous = taken.get(podGroup.name)! > 1;
      const name = ambiguous ? `${podGroup.namespace}/${longName(podGroup.labels)}` : podGroup.name;
      this.byKey.set(key, { ...podGroup, name });
    }
  }

  /** Every pod group, in order of names; those elsewhere are the last. */
  list(): (PodGroup & { name: string })[] {
    return [...this.byKey.values(), { namespace: elsewhere, labels: {}, name: elsewhere }];
  }

  /** What the pods are called. */
  nameOf(podGroup: PodGroup): string {
    return (
      this.byKey.get(keyOf(podGroup))?.name ??
      [podGroup.namespace, longName(podGroup.labels)].filter(Boolean).join("/")
    );
  }
}

/** Every end that a set of policies names by namespace and labels. */
function endsOf({ standard, cilium }: PolicySet): PodGroup[] {
  const ends: PodGroup[] = [];
  for (const { namespace, spec } of standard) {
    ends.push({ namespace, labels: spec.podSelector?.matchLabels ?? {} });
    const peers = [
      ...(spec.ingress ?? []).flatMap(({ from }) => from ?? []),
      ...(spec.egress ?? []).flatMap(({ to }) => to ?? []),
    ];
    for (const peer of peers) {
      const end = peer.ipBlock ? undefined : peerEnd(namespace, peer);
      if (end) ends.push(end);
    }
  }
  return [...ends, ...cilium.flatMap(ciliumEnds)];
}

/** Which pods a peer of a policy means; undefined where it does not say their namespace by name. */
export function peerEnd(
  home: string,
  { namespaceSelector, podSelector }: { namespaceSelector?: ILabelSelector; podSelector?: ILabelSelector },
): PodGroup | undefined {
  const { matchLabels = {}, matchExpressions = [] } = namespaceSelector ?? {};
  const namespace = namespaceSelector ? matchLabels[namespaceLabel] : home;
  const isByName = Object.keys(matchLabels).length <= 1 && matchExpressions.length === 0;
  if (namespace === undefined || !isByName || podSelector?.matchExpressions?.length) return undefined;
  return { namespace, labels: podSelector?.matchLabels ?? {} };
}

function keyOf({ namespace, labels }: PodGroup): string {
  return JSON.stringify([namespace, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function shortName(labels: Labels): string | undefined {
  const key = naming.find((key) => labels[key] !== undefined);
  return key ? labels[key] : longName(labels);
}

/** Every value, so that two that differ are called differently. */
function longName(labels: Labels): string | undefined {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length > 0 ? entries.map(([, value]) => value).join("-") : undefined;
}
