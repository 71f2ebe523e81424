import * as pulumi from "@pulumi/pulumi";
import { exemption } from "./exempt.js";
import { toDns, type DnsServers, type Flow } from "./flow.js";
import { registerPolicies } from "./isolatingPolicies.js";
import {
  defaultDeny,
  defaultDenySpec,
  policiesOf,
  type Enforcement,
  type IsolatingPolicies,
} from "./policies.js";

export interface NamespaceIsolationArgs {
  /** The namespace; it exists already. kube-system, kube-public, kube-node-lease and default are refused. */
  namespace: string;
  /** What is allowed, into it and out of it. Flows of other namespaces are passed over. */
  flows: readonly Flow[];
  /** Whether Cilium enforces policies; HTTP rules are left out where it does not. Default: enforce. */
  enforcement?: Enforcement;
  /** Servers that its pods ask. Default: kube-dns in kube-system. */
  dns?: DnsServers;
}

/**
 * A namespace whose pods may talk to nobody and be talked to by nobody, but for the flows that are listed and DNS, which
 * only the cluster's own servers answer.
 *
 * Standard NetworkPolicies say what they can; CiliumNetworkPolicies say the rest: hosts by name, the nodes, the API
 * server, ServiceAccounts and HTTP requests. The kubelet's probes come from the pod's own node, which Cilium always lets
 * through (https://docs.cilium.io/en/stable/network/kubernetes/policy/).
 *
 * Cilium's operator brings the kind CiliumNetworkPolicy: give `dependsOn` with Cilium, and with what makes the namespace.
 */
export class NamespaceIsolation extends pulumi.ComponentResource {
  /** The namespace, known once it is isolated. */
  readonly namespace: pulumi.Output<string>;

  /** @throws Error for a namespace that must not be isolated. */
  constructor(name: string, args: NamespaceIsolationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:network:NamespaceIsolation", name, {}, opts);
    const { namespace, flows, enforcement = "enforce", dns } = args;
    const reason = exemption(namespace);
    if (reason) throw new Error(`${namespace} is never isolated: ${reason}`);
    const policies = registerPolicies(
      name,
      namespace,
      namespacePolicies(namespace, flows, enforcement, dns),
      this,
    );
    this.namespace = pulumi.all(policies.map(({ urn }) => urn)).apply(() => namespace);
    this.registerOutputs({ namespace: this.namespace });
  }
}

/** The policies of an isolated namespace. */
export function namespacePolicies(
  namespace: string,
  flows: readonly Flow[],
  enforcement: Enforcement,
  dns?: DnsServers,
): IsolatingPolicies {
  return {
    ...policiesOf(namespace, [toDns({ kind: "pods", namespace }, dns), ...flows], enforcement),
    denying: new Map([[defaultDeny, defaultDenySpec]]),
  };
}
