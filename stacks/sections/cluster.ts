import type * as pulumi from "@pulumi/pulumi";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import type { AddOnNamespace } from "../../components/common/addOnNamespaces.js";
import type { Namespaces } from "../../components/common/namespaces.js";
import type { Cilium } from "../../components/network/cilium.js";
import type { Settings } from "../settings/index.js";
import { takeOver } from "../takeOver.js";

/** Options of what is registered in the cluster and waits for nothing else there. */
export type ClusterResourceOptions = Pick<
  pulumi.ComponentResourceOptions,
  "providers" | "dependsOn" | "transformations"
>;

/** What every section in the cluster builds on. */
export interface ClusterBase {
  options: ClusterResourceOptions;
  /** Pods get an address only once it runs. */
  cilium: Cilium;
  namespaces: Namespaces;
}

/** Options of what is in the cluster: changed node files restart the API server, so nothing else is under way then. */
export function clusterResourceOptions(
  { cluster }: Settings,
  nodeFiles: pulumi.Resource,
): ClusterResourceOptions {
  const provider = new KubernetesProvider("cluster", {
    context: cluster.context,
    // The cluster is this one whatever its kubeconfig says; otherwise a changed kubeconfig would replace every object.
    clusterIdentifier: cluster.name,
    // Objects made by hand under our names are taken over instead of refused; which of their fields, takeOver says.
    upsertExistingObjects: cluster.existing,
    // Whatever PULUMI_K8S_ENABLE_PATCH_FORCE says: it would take over what guards data as well.
    enablePatchForce: false,
    // A rotated credential is an update in place. By default the Secret would be deleted first, and its readers fail.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
  });
  return {
    providers: [provider],
    dependsOn: [nodeFiles],
    transformations: cluster.existing ? [takeOver] : [],
  };
}

/** Options of what waits for these resources, each of which waits for the node files. */
export function after(
  { options }: Pick<ClusterBase, "options">,
  ...dependsOn: pulumi.Resource[]
): ClusterResourceOptions {
  return { ...options, dependsOn };
}

/** Name of a namespace of this stack, known once it exists. */
export function namespaceIn({ namespaces }: ClusterBase, name: AddOnNamespace): pulumi.Output<string> {
  return namespaces.names.apply((names) => names[name]!);
}
