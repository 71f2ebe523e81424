import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";
import { flowAnnotations } from "./flowAnnotation.js";
import type { IsolatingPolicies } from "./policies.js";

/** Metadata of every policy: Pulumi makes it, and waits for no condition. */
const labels = { "app.kubernetes.io/managed-by": "pulumi" };

/**
 * Registers the policies of a namespace in an order in which none cuts off what a later one would have allowed: Cilium's,
 * which only add; then the standard ones, each of which denies its pods everything that no policy allows; last what
 * denies by default. Where one fails, those behind it stay as they were. Removing goes the other way round.
 *
 * While a namespace is isolated for the first time, its standard policies come one after the other, and pods of two
 * groups have what both allow only when both are there: begin in audit mode where something lives. A flow that loses its
 * HTTP rules moves from a policy of Cilium to a standard one, and is away in between.
 *
 * @returns Name and kind of each, known once all are there.
 */
export function registerPolicies(
  name: string,
  namespace: string,
  { standard, cilium, denying, sentences }: IsolatingPolicies,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const metadata = (policy: string, from: readonly string[] = []) => ({
    name: policy,
    namespace,
    labels,
    ...(from.length > 0 ? { annotations: flowAnnotations(from) } : {}),
  });
  const adding = [...cilium].map(
    ([policy, spec]) =>
      new CustomResource(
        `${name}-${policy}-cilium`,
        {
          apiVersion: "cilium.io/v2",
          kind: "CiliumNetworkPolicy",
          metadata: metadata(policy, sentences.cilium.get(policy)),
          spec,
        },
        { parent },
      ),
  );
  const standardPolicy =
    (dependsOn: pulumi.Resource[], from?: Map<string, string[]>) =>
    ([policy, spec]: [string, INetworkPolicySpec]) =>
      new NetworkPolicy(
        `${name}-${policy}`,
        { metadata: metadata(policy, from?.get(policy)), spec },
        { parent, dependsOn },
      );
  const allowing = [...adding, ...[...standard].map(standardPolicy(adding, sentences.standard))];
  return [...allowing, ...[...denying].map(standardPolicy(allowing))];
}
