import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { INetworkPolicySpec } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec";
import type { Policies } from "./policies.js";

/** Metadata of every policy: Pulumi makes it, and waits for no condition. */
const labels = { "app.kubernetes.io/managed-by": "pulumi" };

/**
 * Registers the policies of a namespace: first what is allowed and then what is denied, so that a change never cuts off
 * what it is about to allow.
 *
 * @param denying Policies that allow nothing, by name.
 * @returns Name and kind of each, known once all are there.
 */
export function registerPolicies(
  name: string,
  namespace: string,
  { standard, cilium }: Policies,
  denying: ReadonlyMap<string, INetworkPolicySpec>,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const allowing = [
    ...[...standard].map(
      ([policy, spec]) =>
        new NetworkPolicy(
          `${name}-${policy}`,
          { metadata: { name: policy, namespace, labels }, spec },
          { parent },
        ),
    ),
    ...[...cilium].map(
      ([policy, spec]) =>
        new CustomResource(
          `${name}-${policy}-cilium`,
          {
            apiVersion: "cilium.io/v2",
            kind: "CiliumNetworkPolicy",
            metadata: { name: policy, namespace, labels },
            spec,
          },
          { parent },
        ),
    ),
  ];
  return [
    ...allowing,
    ...[...denying].map(
      ([policy, spec]) =>
        new NetworkPolicy(
          `${name}-${policy}`,
          { metadata: { name: policy, namespace, labels }, spec },
          { parent, dependsOn: allowing },
        ),
    ),
  ];
}
