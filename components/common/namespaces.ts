import * as pulumi from "@pulumi/pulumi";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";

/** Levels of the Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

export interface NamespacesArgs {
  /** Pod security level to enforce, by namespace. */
  namespaces: Record<string, PodSecurityLevel>;
}

/**
 * The namespaces this stack owns, each with pod-security labels.
 *
 * They stand apart from the add-ons that run in them: a certificate has to be in Harbor's namespace before Harbor, and
 * could not wait for an add-on that waits for it.
 */
export class Namespaces extends pulumi.ComponentResource {
  /** Name of each namespace, known once it exists. */
  readonly names: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: NamespacesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:namespaces:Namespaces", name, {}, opts);
    const created = Object.entries(args.namespaces).map(
      ([namespace, level]) =>
        [
          namespace,
          new Namespace(
            `${name}-${namespace}`,
            { metadata: { name: namespace, labels: podSecurityLabels(level) } },
            { parent: this },
          ).metadata.name,
        ] as const,
    );
    this.names = pulumi.output(Object.fromEntries(created));
    this.registerOutputs({ names: this.names });
  }
}

/** Labels for a level: it is enforced, and what the next stricter level would refuse is reported to the client that applies. */
export function podSecurityLabels(level: PodSecurityLevel): Record<string, string> {
  const stricter: Record<PodSecurityLevel, PodSecurityLevel> = {
    privileged: "baseline",
    baseline: "restricted",
    restricted: "restricted",
  };
  return {
    "app.kubernetes.io/managed-by": "pulumi",
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/audit": stricter[level],
    "pod-security.kubernetes.io/warn": stricter[level],
  };
}
