import * as pulumi from "@pulumi/pulumi";
import { podsAs, type Flow, type Pods } from "./flow.js";
import { registerPolicies } from "./isolatingPolicies.js";
import { denySpec, policiesOf, type Enforcement, type IsolatingPolicies } from "./policies.js";

/** Pods with a name and labels, and with their ServiceAccount where they have flows by it. */
export type LabelledPods = Pods & Required<Pick<Pods, "name" | "labels">>;

export interface PodIsolationArgs {
  /** Namespace of the pods. */
  namespace: string;
  /** Groups of pods; no other pod of the namespace is affected. */
  pods: readonly LabelledPods[];
  /** What is allowed, into those pods and out of them. DNS is not, unless it is among the flows. */
  flows: readonly Flow[];
  /** Whether Cilium enforces policies; HTTP rules are left out where it does not. Default: enforce. */
  enforcement?: Enforcement;
}

/**
 * Pods that may talk to nobody and be talked to by nobody, but for the flows that are listed, in a namespace that is not
 * isolated as a whole, such as kube-system. See NamespaceIsolation.
 */
export class PodIsolation extends pulumi.ComponentResource {
  /** Names of the groups, known once they are isolated. */
  readonly isolated: pulumi.Output<string[]>;

  constructor(name: string, args: PodIsolationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:network:PodIsolation", name, {}, opts);
    const { namespace, pods, flows, enforcement = "enforce" } = args;
    const policies = registerPolicies(
      name,
      namespace,
      podPolicies(namespace, pods, flows, enforcement),
      this,
    );
    const names = pods.map((group) => group.name);
    this.isolated = pulumi.all(policies.map(({ urn }) => urn)).apply(() => names);
    this.registerOutputs({ isolated: this.isolated });
  }
}

/** The policies of groups of pods. */
export function podPolicies(
  namespace: string,
  pods: readonly LabelledPods[],
  flows: readonly Flow[],
  enforcement: Enforcement,
): IsolatingPolicies {
  const subjects = new Set(
    pods.flatMap(({ name, serviceAccount }) => [
      name,
      ...(serviceAccount ? [podsAs(namespace, serviceAccount).name] : []),
    ]),
  );
  return {
    ...policiesOf(namespace, flows, enforcement, (group) => subjects.has(group.name ?? "")),
    denying: new Map(pods.map((group) => [`${group.name}-default-deny`, denySpec(group)])),
  };
}
