import type * as pulumi from "@pulumi/pulumi";
import { systemNamespace } from "../../components/common/addOnNamespaces.js";
import { Cilium, type CiliumArgs } from "../../components/network/cilium.js";
import { byNamespace } from "../../components/network/isolation/flow.js";
import { NamespaceIsolation } from "../../components/network/isolation/namespaceIsolation.js";
import { PodIsolation } from "../../components/network/isolation/podIsolation.js";
import { dnsServers } from "../settings/derived/dns.js";
import { enforcementOf } from "../settings/derived/enforcement.js";
import { allFlows } from "../settings/derived/flows.js";
import { monitoringOf } from "../settings/derived/monitoring.js";
import { isolatedNamespaces } from "../settings/derived/namespaces.js";
import { systemPods } from "../settings/derived/networkPolicies.js";
import { releaseOptions } from "../settings/derived/release.js";
import type { Settings } from "../settings/index.js";
import type { ClusterResourceOptions } from "./cluster.js";

/** The CNI plugin. */
export function network(settings: Settings, options: ClusterResourceOptions): Cilium {
  return new Cilium("cilium", ciliumArgs(settings), options);
}

/** What the settings say of the CNI plugin. */
export function ciliumArgs(settings: Settings): CiliumArgs {
  const { cluster } = settings;
  const nodeCount = cluster.nodes.length;
  return {
    namespace: systemNamespace,
    nodeCount,
    podSubnet: cluster.podSubnet,
    dnsDomain: cluster.dnsDomain,
    encryption: settings.network.encryption ?? (nodeCount > 1 ? "wireguard" : "none"),
    hubble: settings.network.hubble,
    enforcement: enforcementOf(settings),
    monitoring: monitoringOf(settings),
    ...releaseOptions(settings, "cilium"),
  };
}

/** Isolates the namespaces of the settings, and the pods of this stack in kube-system. */
export function isolate(settings: Settings, opts: pulumi.ComponentResourceOptions): void {
  const enforcement = enforcementOf(settings);
  const flows = byNamespace(allFlows(settings));
  for (const namespace of isolatedNamespaces(settings)) {
    new NamespaceIsolation(
      `isolation-${namespace}`,
      { namespace, flows: flows.get(namespace) ?? [], enforcement, dns: dnsServers(settings) },
      opts,
    );
  }
  new PodIsolation(
    "isolation-system-pods",
    {
      namespace: systemNamespace,
      pods: systemPods(settings),
      flows: flows.get(systemNamespace) ?? [],
      enforcement,
    },
    opts,
  );
}
