import type { Api } from "../../../../stacks/kubernetes/api.js";
import { list, type KubeObject } from "../../cluster/objects.js";

/** What makes pods, and one of them. */
export interface WorkloadPod {
  kind: string;
  namespace: string;
  name: string;
  /** The pod, as one can ask for it. */
  pod: object;
}

interface PodSpec {
  volumes?: object[];
  ephemeralContainers?: object[];
}
interface Template {
  metadata?: { labels?: object; annotations?: object };
  spec: PodSpec;
}
type Templated = KubeObject & {
  spec: {
    template?: Template;
    jobTemplate?: { spec: { template: Template } };
    replicas?: number;
    volumeClaimTemplates?: KubeObject[];
  };
  status?: { completionTime?: string };
};
type TemplatedPod = KubeObject & { spec: PodSpec; status?: { phase?: string } };

/** Collections of what makes pods by a template. */
const kinds: Record<string, string> = {
  Deployment: "/apis/apps/v1/namespaces/$/deployments",
  StatefulSet: "/apis/apps/v1/namespaces/$/statefulsets",
  DaemonSet: "/apis/apps/v1/namespaces/$/daemonsets",
  ReplicaSet: "/apis/apps/v1/namespaces/$/replicasets",
  ReplicationController: "/api/v1/namespaces/$/replicationcontrollers",
  CronJob: "/apis/batch/v1/namespaces/$/cronjobs",
  Job: "/apis/batch/v1/namespaces/$/jobs",
};

/**
 * What makes pods in a namespace, each by what is uppermost: a Deployment, not its ReplicaSets. Where the uppermost is of
 * a kind that is not Kubernetes' own, by what it has made.
 */
export async function workloadsIn(api: Api, namespace: string): Promise<WorkloadPod[]> {
  const found: WorkloadPod[] = [];
  for (const [kind, path] of Object.entries(kinds)) {
    for (const object of (await list<Templated>(api, path.replace("$", namespace))) ?? []) {
      const { template, jobTemplate, replicas = 1, volumeClaimTemplates = [] } = object.spec;
      const made = jobTemplate?.spec.template ?? template;
      const isOver = object.status?.completionTime !== undefined || (kind === "ReplicaSet" && replicas === 0);
      if (!made || isOver || isOwned(object)) continue;
      const volumes = [
        ...(made.spec.volumes ?? []),
        ...volumeClaimTemplates.map(({ metadata: { name } }) => ({
          name,
          persistentVolumeClaim: { claimName: name },
        })),
      ];
      found.push(workload(kind, namespace, object, made.metadata, { ...made.spec, volumes }));
    }
  }
  for (const pod of (await list<TemplatedPod>(api, `/api/v1/namespaces/${namespace}/pods`)) ?? []) {
    const isOver = ["Succeeded", "Failed"].includes(pod.status?.phase ?? "");
    if (isOver || isOwned(pod)) continue;
    // Those of a debug session do not come back.
    const spec = { ...pod.spec, ephemeralContainers: undefined };
    found.push(workload("Pod", namespace, pod, pod.metadata, spec));
  }
  return found;
}

/** Whether another of the collections makes it. */
function isOwned({ metadata }: KubeObject): boolean {
  return (metadata.ownerReferences ?? []).some(({ kind }) => kind in kinds);
}

function workload(
  kind: string,
  namespace: string,
  { metadata: { name } }: KubeObject,
  metadata: Template["metadata"],
  spec: PodSpec,
): WorkloadPod {
  const { labels, annotations } = metadata ?? {};
  return {
    kind,
    namespace,
    name,
    pod: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: `${name}-`, namespace, labels, annotations },
      spec,
    },
  };
}
