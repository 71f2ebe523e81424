import * as pulumi from "@pulumi/pulumi";
import { LimitRange } from "@pulumi/kubernetes/core/v1/limitRange.js";
import { NamespacePatch } from "@pulumi/kubernetes/core/v1/namespacePatch.js";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota.js";
import { ServiceAccountPatch } from "@pulumi/kubernetes/core/v1/serviceAccountPatch.js";
import { podSecurityLabels, type PodSecurityLevel } from "../common/namespaces.js";

/** Quantities by resource, such as { "requests.memory": "4Gi", pods: "20" }. */
export type Quantities = Record<string, string>;

/** What a namespace grants the pods in it. */
export interface NamespaceGuard {
  /** Pod security level of a namespace that somebody else made. Default: its labels stay as they are. */
  podSecurity?: PodSecurityLevel;
  /** The most that all its objects may ask for together. Default: no ResourceQuota. */
  quota?: Quantities;
  /** For each container: what it gets where it asks for nothing, and the most it may ask for. Default: no LimitRange. */
  limits?: { default?: Quantities; defaultRequest?: Quantities; max?: Quantities };
}

export interface NamespaceGuardsArgs {
  /** Namespaces this stack makes; pod security is on them already. */
  owned: Record<string, pulumi.Input<string>>;
  /** Namespaces of applications; one that does not exist yet is made, and none is ever removed. */
  others: string[];
  /** By namespace. Default: nothing but what every namespace gets. */
  guards?: Record<string, NamespaceGuard>;
}

/**
 * What a pod in a namespace gets without asking: no token of the API server by its default ServiceAccount, and where the
 * settings say so a share of the node and a pod security level.
 *
 * Whatever belongs to somebody else is changed by Patch resources: they leave the other fields alone, and removing them
 * gives up the field, not the object (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/).
 */
export class NamespaceGuards extends pulumi.ComponentResource {
  /** Name of each namespace, known once it is there. */
  readonly names: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: NamespaceGuardsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:access:NamespaceGuards", name, {}, opts);
    const { guards = {} } = args;
    const annotations = { "pulumi.com/patchForce": "true" };
    const names: Record<string, pulumi.Input<string>> = { ...args.owned };
    for (const namespace of args.others) {
      const level = guards[namespace]?.podSecurity;
      const labels = level === undefined ? {} : { labels: podSecurityOnly(level) };
      names[namespace] = new NamespacePatch(
        `${name}-${namespace}`,
        { metadata: { name: namespace, annotations, ...labels } },
        { parent: this },
      ).metadata.name;
    }

    for (const [namespace, known] of Object.entries(names)) {
      new ServiceAccountPatch(
        `${name}-${namespace}-default`,
        { metadata: { name: "default", namespace: known, annotations }, automountServiceAccountToken: false },
        { parent: this },
      );
      const { quota, limits } = guards[namespace] ?? {};
      const metadata = { name: "cluster-security", namespace: known };
      if (quota) {
        new ResourceQuota(
          `${name}-${namespace}-quota`,
          { metadata, spec: { hard: quota } },
          { parent: this },
        );
      }
      if (limits) {
        new LimitRange(
          `${name}-${namespace}-limits`,
          { metadata, spec: { limits: [{ type: "Container", ...limits }] } },
          { parent: this },
        );
      }
    }
    this.names = pulumi.output(names);
    this.registerOutputs({ names: this.names });
  }
}

/** The labels of a level alone: a namespace of somebody else does not become one of Pulumi's. */
function podSecurityOnly(level: PodSecurityLevel): Record<string, string> {
  return Object.fromEntries(
    Object.entries(podSecurityLabels(level)).filter(([label]) => label.startsWith("pod-security.")),
  );
}
