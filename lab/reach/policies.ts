import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";
import type { PlannedResource } from "../engine/events.js";
import { holdsUnknown, plain } from "../providers/values.js";
import { UserError } from "../userError.js";

interface Policy<Spec> {
  name: string;
  /** Absent for what holds in the whole cluster. */
  namespace?: string;
  spec: Spec;
}

export type NetworkPolicy = Policy<INetworkPolicySpec> & { namespace: string };

/** A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy; only some of its fields are known here. */
export type CiliumPolicy = Policy<Record<string, unknown>>;

/** Everything that decides who may reach whom. */
export interface PolicySet {
  standard: NetworkPolicy[];
  cilium: CiliumPolicy[];
}

interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string };
  spec?: Record<string, unknown>;
  specs?: Record<string, unknown>[];
}

const ciliumKinds = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"];

/**
 * The policies among planned resources.
 *
 * @param side What there would be, or what the base has.
 * @throws UserError for a policy that is not known before it is applied.
 */
export function policiesIn(resources: readonly PlannedResource[], side: "new" | "old"): PolicySet {
  const standard: NetworkPolicy[] = [];
  const cilium: CiliumPolicy[] = [];
  for (const { urn, operation, step } of resources) {
    const inputs = operation === "delete" && side === "new" ? undefined : step[side]?.inputs;
    const manifest = plain(inputs ?? {}) as Manifest;
    const isStandard =
      manifest.kind === "NetworkPolicy" && manifest.apiVersion?.startsWith("networking.k8s.io/");
    const isCilium =
      ciliumKinds.includes(manifest.kind ?? "") && manifest.apiVersion?.startsWith("cilium.io/");
    if (!isStandard && !isCilium) continue;
    if (holdsUnknown(manifest)) {
      throw new UserError(`${urn}: who can reach whom depends on values that are known once it is applied`);
    }
    const { name = urn.slice(urn.lastIndexOf("::") + 2), namespace } = manifest.metadata ?? {};
    if (isStandard) {
      const spec = (manifest.spec ?? {}) as unknown as INetworkPolicySpec;
      standard.push({ name, namespace: namespace ?? "default", spec });
      continue;
    }
    const home = manifest.kind === "CiliumNetworkPolicy" ? (namespace ?? "default") : undefined;
    for (const spec of manifest.specs ?? [manifest.spec ?? {}]) cilium.push({ name, namespace: home, spec });
  }
  return { standard, cilium };
}
