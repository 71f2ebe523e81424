import { createHash, randomBytes } from "node:crypto";
import type { Cluster } from "../../../../cli/lab/apply/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

/** A kind that only this test knows; Velero backs its definition up with it. */
export const widgets: Values = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.example.org" },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        },
      },
    ],
  },
};

const labels = { app: "web" };
const pod = {
  metadata: { labels },
  spec: {
    containers: [
      {
        name: "web",
        image: "registry.example.org/web:1.0",
        envFrom: [{ secretRef: { name: "data-0" } }],
        resources: { limits: { cpu: "100m", memory: "64Mi" }, requests: { cpu: "10m", memory: "16Mi" } },
      },
    ],
    restartPolicy: "Always",
  },
};
const job = { ...pod, spec: { ...pod.spec, restartPolicy: "Never" } };
const claim = {
  accessModes: ["ReadWriteOnce"],
  storageClassName: "local-path",
  resources: { requests: { storage: "1Gi" } },
};

/**
 * One object of each kind that is common in a namespace, and so many bytes of Secrets that no compression makes fewer.
 *
 * @param bytes At most a million for each of ten Secrets.
 */
export function workload(namespace: string, bytes: number): Values[] {
  const secrets = 10;
  const of = (apiVersion: string, kind: string, name: string, rest: object): Values => ({
    apiVersion,
    kind,
    metadata: { name, namespace, labels, annotations: { "example.org/note": "as it was: ümläut, 'quotes'" } },
    ...rest,
  });
  const namespaceObject = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      labels: { "pod-security.kubernetes.io/enforce": "baseline", team: "shop" },
      annotations: { "example.org/owner": "shop" },
    },
  };
  return [
    namespaceObject,
    ...Array.from({ length: secrets }, (_, index) =>
      of("v1", "Secret", `data-${index}`, {
        type: "Opaque",
        data: { random: randomBytes(Math.floor(bytes / secrets)).toString("base64") },
      }),
    ),
    of("v1", "Secret", "registry", {
      type: "kubernetes.io/dockerconfigjson",
      immutable: true,
      data: { ".dockerconfigjson": Buffer.from('{"auths":{}}').toString("base64") },
    }),
    of("v1", "ConfigMap", "settings", {
      immutable: true,
      data: { "settings.yaml": "a: 1\n", empty: "" },
      binaryData: { raw: randomBytes(64).toString("base64") },
    }),
    of("v1", "ServiceAccount", "web", { automountServiceAccountToken: false }),
    of("v1", "Service", "web", {
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: 8080, protocol: "TCP" }] },
    }),
    of("v1", "Service", "headless", {
      spec: { clusterIP: "None", selector: labels, ports: [{ name: "db", port: 5432, protocol: "TCP" }] },
    }),
    of("v1", "PersistentVolumeClaim", "files", { spec: claim }),
    of("v1", "ResourceQuota", "quota", { spec: { hard: { pods: "20", "count/secrets": "50" } } }),
    of("v1", "LimitRange", "limits", { spec: { limits: [{ type: "Container", default: { cpu: "1" } }] } }),
    of("apps/v1", "Deployment", "web", {
      spec: { replicas: 1, selector: { matchLabels: labels }, template: pod },
    }),
    of("apps/v1", "StatefulSet", "db", {
      spec: {
        replicas: 0,
        serviceName: "headless",
        selector: { matchLabels: labels },
        template: pod,
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }],
      },
    }),
    of("apps/v1", "DaemonSet", "agent", { spec: { selector: { matchLabels: labels }, template: pod } }),
    of("batch/v1", "CronJob", "nightly", {
      spec: { schedule: "0 3 * * *", suspend: true, jobTemplate: { spec: { template: job } } },
    }),
    of("batch/v1", "Job", "once", { spec: { suspend: true, template: job } }),
    of("networking.k8s.io/v1", "NetworkPolicy", "default-deny", {
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    }),
    of("networking.k8s.io/v1", "Ingress", "web", {
      spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } },
    }),
    of("policy/v1", "PodDisruptionBudget", "web", {
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    }),
    of("autoscaling/v2", "HorizontalPodAutoscaler", "web", {
      spec: {
        minReplicas: 1,
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
          },
        ],
      },
    }),
    of("rbac.authorization.k8s.io/v1", "Role", "reader", {
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
    }),
    of("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "web", namespace }],
    }),
    of("example.org/v1", "Widget", "widget", { spec: { depth: { of: ["nesting", 2] } } }),
  ];
}

/** A namespace with a pod on a node, and the volume that it mounts. */
export function mountedVolume(namespace: string): Values[] {
  const metadata = { name: "reader", namespace };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: { ...claim, volumeName: namespace } },
    {
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: namespace },
      spec: {
        ...claim,
        resources: undefined,
        capacity: claim.resources.requests,
        claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", ...metadata },
        local: { path: `/opt/local-path-provisioner/${namespace}` },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["node-1"] }] },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: {
        nodeName: "node-1",
        containers: [
          {
            name: "reader",
            image: "registry.example.org/reader:1.0",
            volumeMounts: [{ name: "files", mountPath: "/files" }],
          },
        ],
        volumes: [{ name: "files", persistentVolumeClaim: { claimName: metadata.name } }],
      },
    },
  ];
}

/** Kinds whose objects the cluster makes itself, from others or as it goes. */
const kindsOfTheCluster = ["Event", "Endpoints", "EndpointSlice", "Lease", "ControllerRevision"];
/** Objects that every namespace gets from the cluster. */
const objectsOfTheCluster = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];
const fieldsOfAnyObject = ["apiVersion", "kind", "metadata", "status"];
/** Fields that the cluster fills in, with other content for another object of the same name. */
const fieldsOfTheCluster = new Set([
  "clusterIP",
  "clusterIPs",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
  "deployment.kubernetes.io/revision",
]);

/**
 * Everything in a namespace, and the namespace, by kind and name, as far as somebody has set it. What a controller made
 * of another object is left out.
 */
export async function contents(cluster: Cluster, namespace: string): Promise<Record<string, Values>> {
  const found: Record<string, Values> = {};
  const keep = (kind: string, object: Values) => {
    const { name, labels = {}, annotations = {}, ownerReferences = [] } = object["metadata"] as Values;
    if ((ownerReferences as Values[]).some(({ controller }) => controller)) return;
    if (objectsOfTheCluster.includes(`${kind} ${name}`)) return;
    const content = Object.entries(object).filter(([field]) => !fieldsOfAnyObject.includes(field));
    found[kind === "Namespace" ? kind : `${kind} ${name}`] = asSet({
      labels,
      annotations,
      ...Object.fromEntries(content),
    });
  };
  for (const apiVersion of await apiVersionsOf(cluster)) {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    for (const { kind, name, namespaced, verbs } of await cluster.api.kindsOf(apiVersion)) {
      if (!namespaced || !verbs.includes("list") || kindsOfTheCluster.includes(kind)) continue;
      const { items } = await cluster.api.call(`${root}/namespaces/${namespace}/${name}`);
      for (const object of items as Values[]) keep(kind, object);
    }
  }
  keep("Namespace", await cluster.api.call(`/api/v1/namespaces/${namespace}`));
  return found;
}

function asSet(object: Values): Values {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) => {
    if (fieldsOfTheCluster.has(key) && value !== "None") return undefined;
    // A difference of long texts could not be read.
    return typeof value === "string" && value.length > 200
      ? `sha256:${createHash("sha256").update(value).digest("hex")}`
      : value;
  }) as Values;
}

/** The preferred version of each group that is served. */
async function apiVersionsOf(cluster: Cluster): Promise<string[]> {
  const { groups } = await cluster.api.call("/apis");
  return [
    "v1",
    ...(groups as Values[]).map(({ preferredVersion }) => preferredVersion.groupVersion as string),
  ];
}
