import { livingApi, type LivingCluster } from "./livingCluster.js";
import type { Settings } from "./settings/index.js";

interface DefinitionSchema {
  properties?: Record<string, DefinitionSchema>;
  items?: DefinitionSchema;
}
interface Definition {
  spec: { versions: { name: string; schema?: { openAPIV3Schema?: DefinitionSchema } }[] };
}
interface LivingDeployment {
  spec: { template: { spec: { containers: { image: string }[] } } };
}

/**
 * What is wrong with the ArgoCD of the cluster; undefined where nothing is. Asked before anything is registered: otherwise
 * the API server refuses the AppProject when most of the cluster is changed already.
 *
 * Its definition tells, and not the version alone: an upgrade may have left the old one in place
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/upgrading/overview/).
 *
 * @throws Error where the cluster cannot be asked.
 */
export async function argoCdProblem(
  { access: { argocd } }: Settings,
  cluster: LivingCluster,
): Promise<string | undefined> {
  if (!argocd.enabled) return undefined;
  try {
    const api = await livingApi(cluster);
    const definition = await api.read<Definition>(
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/appprojects.argoproj.io",
    );
    if (definition && limitsNames(definition)) return undefined;
    const { namespace } = argocd;
    const servers = await api.read<{ items: LivingDeployment[] }>(
      `/apis/apps/v1/namespaces/${namespace}/deployments?labelSelector=app.kubernetes.io%2Fname%3Dargocd-server`,
    );
    const image = servers?.items[0]?.spec.template.spec.containers[0]?.image;
    return problem(namespace, definition !== undefined, image);
  } catch (error) {
    throw new Error(
      `Whether the cluster's ArgoCD is 3.3 or later is not known, so pulumi up changes nothing: ${(error as Error).message}`,
    );
  }
}

function problem(namespace: string, isDefined: boolean, image: string | undefined): string {
  const found = !isDefined
    ? "the cluster has no ArgoCD: it does not know AppProjects"
    : `the definition of AppProject in the cluster cannot limit namespaces by name; ArgoCD's server in ${namespace} is ` +
      (image ?? "not there");
  return [
    `access.argocd: ${found}. This needs ArgoCD 3.3 or later; nothing was changed.`,
    `  ${isDefined ? "upgrade it with its definitions" : "install it"}: https://argo-cd.readthedocs.io/en/stable/operator-manual/${isDefined ? "upgrading/overview" : "installation"}/`,
    "  or go on without it for now: set access.argocd.enabled: false",
  ].join("\n");
}

/** Whether the project's list of resources without a namespace can name them, as projectSpec does. */
function limitsNames({ spec }: Definition): boolean {
  const served = spec.versions.find(({ name }) => name === "v1alpha1")?.schema?.openAPIV3Schema;
  const list = served?.properties?.["spec"]?.properties?.["clusterResourceWhitelist"];
  return list?.items?.properties?.["name"] !== undefined;
}
