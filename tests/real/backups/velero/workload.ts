import { randomBytes } from "node:crypto";
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

export const labels = { app: "web" };
export const pod = {
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
