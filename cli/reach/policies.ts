import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";
import { annotatedFlows } from "../../components/network/isolation/flowAnnotation.js";
import type { PlannedStep } from "../plan/engine/events.js";
import { resourceName } from "../plan/providers/host.js";
import { holdsUnknown, plain } from "../plan/providers/values.js";
import { UserError } from "../kit/userError.js";

interface NamedPolicy<Spec> {
  name: string;
  /** Absent for what holds in the whole cluster. */
  namespace?: string;
  spec: Spec;
  /** Sentences of the settings that it is made from. */
  sentences: string[];
}

export type NamedNetworkPolicy = NamedPolicy<INetworkPolicySpec> & { namespace: string };

/** A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy; only some of its fields are known here. */
export type NamedCiliumPolicy = NamedPolicy<Record<string, unknown>>;

/** Everything that decides who may reach whom. */
export interface PolicySet {
  standard: NamedNetworkPolicy[];
  cilium: NamedCiliumPolicy[];
}

/** As much of an object as is looked at. */
export interface Manifest {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string; annotations?: Record<string, string> };
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
export function policiesIn(resources: readonly PlannedStep[], side: "new" | "old"): PolicySet {
  const manifests = resources.flatMap(({ urn, operation, step }) => {
    const inputs = operation === "delete" && side === "new" ? undefined : step[side]?.inputs;
    const manifest = plain(inputs ?? {}) as Manifest;
    if (!isStandard(manifest) && !isCilium(manifest)) return [];
    if (holdsUnknown(manifest)) {
      throw new UserError(`${resourceName(urn)}: parts of this policy are known only once it is applied`);
    }
    return [manifest];
  });
  return policySet(manifests);
}

/** The policies among objects, each with a name. */
export function policySet(manifests: readonly Manifest[]): PolicySet {
  const standard = manifests.filter(isStandard).map(({ metadata, spec }) => ({
    name: metadata!.name!,
    namespace: metadata!.namespace ?? "default",
    spec: (spec ?? {}) as unknown as INetworkPolicySpec,
    sentences: annotatedFlows(metadata?.annotations),
  }));
  const cilium = manifests.filter(isCilium).flatMap(({ kind, metadata, spec, specs }) =>
    (specs ?? [spec ?? {}]).map((spec) => ({
      name: metadata!.name!,
      namespace: kind === "CiliumNetworkPolicy" ? (metadata!.namespace ?? "default") : undefined,
      spec,
      sentences: annotatedFlows(metadata?.annotations),
    })),
  );
  return { standard, cilium };
}

/** The policy as it is named where policies of several namespaces are: `harbor/core`. */
export function qualifiedName({ name, namespace }: Pick<NamedPolicy<unknown>, "name" | "namespace">): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function isStandard({ apiVersion, kind }: Manifest): boolean {
  return kind === "NetworkPolicy" && apiVersion?.startsWith("networking.k8s.io/") === true;
}

function isCilium({ apiVersion, kind = "" }: Manifest): boolean {
  return ciliumKinds.includes(kind) && apiVersion?.startsWith("cilium.io/") === true;
}
