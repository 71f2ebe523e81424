import { kubectlWith, type Kubectl } from "../kubectl.js";
import { DefinitionInstaller } from "./definitions.js";
import { ObjectApi } from "./objectApi.js";

/** The way to a cluster. */
export interface ClusterConnection {
  api: ObjectApi;
  kubectl: Kubectl;
  definitions: DefinitionInstaller;
}

export interface ClusterConnectionOptions {
  /** Credentials that may do everything. */
  kubeconfig: string;
  /** Path of kubectl. */
  kubectl: string;
  /** Folder with CustomResourceDefinitions, `<chart or project>-<version>.yaml`. Default: none. */
  crds?: string;
}

/** Opens the way to a cluster. */
export async function openCluster(options: ClusterConnectionOptions): Promise<ClusterConnection> {
  const { kubeconfig, crds } = options;
  const api = await ObjectApi.connect(kubeconfig);
  const kubectl = kubectlWith(options.kubectl, kubeconfig);
  return { api, kubectl, definitions: new DefinitionInstaller(api, crds) };
}
