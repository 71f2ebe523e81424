import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { hubblePods } from "../../../components/network/ciliumFlows.js";
import { byNamespace } from "../../../components/network/isolation/flow.js";
import { namespacePolicies } from "../../../components/network/isolation/namespaceIsolation.js";
import { podPolicies, type LabelledPods } from "../../../components/network/isolation/podIsolation.js";
import type { IsolatingPolicies } from "../../../components/network/isolation/policies.js";
import { sealedSecretsPods } from "../../../components/secrets/sealedSecretsFlows.js";
import type { Settings } from "../schema.js";
import { dnsServers } from "./dns.js";
import { enforcementOf } from "./enforcement.js";
import { allFlows } from "./flows.js";
import { isolatedNamespaces } from "./namespaces.js";

/** Pods of this stack in kube-system, which is not isolated as a whole. */
export function systemPods({ network }: Settings): LabelledPods[] {
  return [sealedSecretsPods(systemNamespace), ...(network.hubble ? hubblePods(systemNamespace) : [])];
}

/** Every policy of this stack, by the namespace it is in: what `pulumi up` applies. */
export function networkPolicies(settings: Settings): Map<string, IsolatingPolicies> {
  const enforcement = enforcementOf(settings);
  const dns = dnsServers(settings);
  const flows = byNamespace(allFlows(settings));
  const inSystem = flows.get(systemNamespace) ?? [];
  return new Map([
    ...isolatedNamespaces(settings).map((namespace): [string, IsolatingPolicies] => [
      namespace,
      namespacePolicies(namespace, flows.get(namespace) ?? [], enforcement, dns),
    ]),
    [systemNamespace, podPolicies(systemNamespace, systemPods(settings), inSystem, enforcement)],
  ]);
}
