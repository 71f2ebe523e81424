import type { AdmissionPoliciesArgs } from "../../../../components/access/admission/objects.js";
import { clusterAdmins } from "../../../../components/access/clusterAdmins.js";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
export const args: AdmissionPoliciesArgs = {
  namespaces: ["apps", "velero"],
  action: "deny",
  registries: [
    "ghcr.io",
    "docker.io/library",
    "docker.io/goharbor/harbor-core",
    "docker.io/MIRROR",
    "harbor.kubefurlan.com:8443",
  ],
  hostPathUsers: [
    {
      ...{ namespace: "velero", serviceAccount: "velero-server", reason: "reads volumes" },
      folders: [{ path: "/var/lib/kubelet/pods" }, { path: "/var/log/audit", readOnly: true }],
    },
  ],
  clusterAdmins: clusterAdmins(),
  hosts: { "shop.example.com": "apps", "harbor.example.com": "harbor" },
  gateway: { namespace: "traefik", name: "traefik-gateway" },
  networkWriters: [...clusterAdmins(), { kind: "ServiceAccount", namespace: "other", name: "operator" }],
  keyWriters: clusterAdmins(),
  exposed: ["velero"],
  nodes: ["192.0.2.10", "10.96.0.1"],
  privileged: [{ kind: "ServiceAccount", namespace: "other", name: "operator" }],
  roles: [
    { name: "operator", reason: "gives roles to the parts of what it runs" },
    { name: "other/operator", reason: "the same in its namespace" },
  ],
};

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

export const good = "ghcr.io/owner/app:1.2.3";
export const container = (image = good, more: object = {}) => ({ name: "web", image, ...more });

export function pod(spec: object, namespace = "apps"): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace },
    spec: { containers: [container()], ...spec },
  };
}
export const images = (...list: string[]): Manifest =>
  pod({ containers: list.map((image, index) => ({ name: `web${index}`, image })) });

export function workload(apiVersion: string, kind: string, image: string, more: object = {}): Manifest {
  const labels = { app: "web" };
  const template = {
    metadata: { labels },
    spec: {
      containers: [container(image)],
      restartPolicy: kind.endsWith("Job") ? "Never" : "Always",
      ...more,
    },
  };
  const specs: Record<string, object> = {
    CronJob: { schedule: "0 0 * * *", jobTemplate: { spec: { template } } },
    Job: { template },
    ReplicationController: { selector: labels, template },
    StatefulSet: { serviceName: "web", selector: { matchLabels: labels }, template },
  };
  const spec = specs[kind] ?? { selector: { matchLabels: labels }, template };
  return { apiVersion, kind, metadata: { name: "web", namespace: "apps" }, spec };
}

export function binding(
  kind: "ClusterRoleBinding" | "RoleBinding",
  role: string,
  ...subjects: object[]
): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name: "test", ...(kind === "RoleBinding" ? { namespace: "other" } : {}) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects,
  };
}
export const user = (name: string) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name });
export const account = (namespace: string, name: string) => ({ kind: "ServiceAccount", namespace, name });

const registries = `images may come from ${args.registries.join(", ")} (setting access.admission.registries)`;
const unlisted = (list: string) => `not from a listed registry: ${list}; ${registries}`;
export const unpinned = (list: string) =>
  `not one version: ${list}; give a tag other than latest, or a digest, so that a restart runs what was reviewed`;
const privileged = (list: string) =>
  `privileged: container ${list}; a privileged container is root on its node. Take securityContext.privileged out`;
const shared = (list: string) =>
  `shares its node's namespaces: ${list}; take the field out: policies of the network and of other pods do not hold there`;
const mounted = (list: string) =>
  `mounts folders of its node: ${list}; use a PersistentVolumeClaim, a ConfigMap or an emptyDir instead of hostPath`;
const administrator = (list: string) =>
  `would make cluster-admin: ${list}; bind a role with the rights that are needed, or list the subject with a reason (setting access.clusterAdmins)`;
const hostPath = (path: string) => ({ name: "host", hostPath: { path } });
const ofVelero = (spec: object) => pod({ serviceAccountName: "velero-server", ...spec }, "velero");
/** With a mount of the log's folder. */
const reading = (mount: object) =>
  ofVelero({
    volumes: [hostPath("/var/log/audit")],
    containers: [
      { name: "main", image: good, volumeMounts: [{ name: "host", mountPath: "/log", ...mount }] },
    ],
  });
const imageVolume = (reference: string) => pod({ volumes: [{ name: "image", image: { reference } }] });

/** What is asked for, and the reason it is refused with; none where it is let in. */
export const cases: [name: string, manifest: Manifest, refusal?: string][] = [
  ["an image of a listed registry", images(good)],
  ["an image by digest", images(`ghcr.io/owner/app@${digest}`)],
  ["an image by tag and digest", images(`ghcr.io/owner/app:latest@${digest}`)],
  ["a short name of a listed path", images("nginx:1.29.1")],
  ["one listed repository", images("goharbor/harbor-core:v2.15.1")],
  ["a listed registry with a port", images("harbor.kubefurlan.com:8443/library/app:1")],
  ["a tag that begins with latest", images("ghcr.io/owner/app:latest-1")],
  ["an image of another registry", images("quay.io/owner/app:1"), unlisted("quay.io/owner/app:1")],
  ["a short name of another path", images("bitnami/redis:8"), unlisted("bitnami/redis:8")],
  [
    "a neighbour of a listed repository",
    images("goharbor/harbor-core-x:1"),
    unlisted("goharbor/harbor-core-x:1"),
  ],
  ["a listed host on a port", images("ghcr.io:443/owner/app:1"), unlisted("ghcr.io:443/owner/app:1")],
  ["a listed host as a path", images("evil.example/ghcr.io/app:1"), unlisted("evil.example/ghcr.io/app:1")],
  [
    "a host that begins like a listed one",
    images("ghcr.io.evil.example/app:1"),
    unlisted("ghcr.io.evil.example/app:1"),
  ],
  ["a host in capitals", images("MIRROR/app:1"), unlisted("MIRROR/app:1")],
  ["a registry on the node", images("localhost/app:1"), unlisted("localhost/app:1")],
  ["a listed port left out", images("harbor.kubefurlan.com/app:1"), unlisted("harbor.kubefurlan.com/app:1")],
  ["two images, one of them unlisted", images(good, "quay.io/a/b:1"), unlisted("quay.io/a/b:1")],
  ["no tag", images("ghcr.io/owner/app"), unpinned("ghcr.io/owner/app")],
  ["no tag, on a port", images("harbor.kubefurlan.com:8443/app"), unpinned("harbor.kubefurlan.com:8443/app")],
  ["latest", images("ghcr.io/owner/app:latest"), unpinned("ghcr.io/owner/app:latest")],
  ["an init container", pod({ initContainers: [{ name: "init", image: "nginx" }] }), unpinned("nginx")],
  ["an image to mount", imageVolume(good)],
  ["an image to mount from another registry", imageVolume("evil.example/x:1"), unlisted("evil.example/x:1")],
  ["an image to mount, latest", imageVolume("ghcr.io/owner/x:latest"), unpinned("ghcr.io/owner/x:latest")],
  [
    "an image to mount, of a Deployment",
    workload("apps/v1", "Deployment", good, {
      volumes: [{ name: "image", image: { reference: "evil.example/x:1" } }],
    }),
    unlisted("evil.example/x:1"),
  ],
  ["a Deployment", workload("apps/v1", "Deployment", "nginx"), unpinned("nginx")],
  ["a good Deployment", workload("apps/v1", "Deployment", good)],
  ["a DaemonSet", workload("apps/v1", "DaemonSet", "nginx"), unpinned("nginx")],
  ["a StatefulSet", workload("apps/v1", "StatefulSet", "quay.io/a/b:1"), unlisted("quay.io/a/b:1")],
  ["a ReplicaSet", workload("apps/v1", "ReplicaSet", "nginx"), unpinned("nginx")],
  ["a ReplicationController", workload("v1", "ReplicationController", "nginx"), unpinned("nginx")],
  ["a Job", workload("batch/v1", "Job", "nginx:latest"), unpinned("nginx:latest")],
  ["a CronJob", workload("batch/v1", "CronJob", "nginx"), unpinned("nginx")],
  ["a good CronJob", workload("batch/v1", "CronJob", good)],
  ["a namespace that is not listed", { ...images("nginx"), metadata: { name: "web", namespace: "other" } }],
  [
    "an unprivileged container",
    pod({ containers: [container(good, { securityContext: { privileged: false } })] }),
  ],
  [
    "a privileged container",
    pod({ containers: [container(good, { securityContext: { privileged: true } })] }),
    privileged("web"),
  ],
  [
    "a privileged init container",
    pod({ initContainers: [{ name: "init", image: good, securityContext: { privileged: true } }] }),
    privileged("init"),
  ],
  ["the node's network", pod({ hostNetwork: true }), shared("hostNetwork")],
  ["the node's processes", pod({ hostPID: true, hostIPC: true }), shared("hostPID, hostIPC")],
  ["a folder of the node", pod({ volumes: [hostPath("/etc")] }), mounted("/etc")],
  ["a volume that is none of the node's", pod({ volumes: [{ name: "tmp", emptyDir: {} }] })],
  ["a folder of the node, of whom it is allowed", ofVelero({ volumes: [hostPath("/var/lib/kubelet/pods")] })],
  [
    "a folder below the one of the node that is allowed",
    ofVelero({ volumes: [hostPath("/var/lib/kubelet/pods/1/volumes")] }),
  ],
  [
    "another folder of the node, of whom one is allowed",
    ofVelero({
      volumes: [hostPath("/var/lib/kubelet/pods"), { ...hostPath("/etc/kubernetes"), name: "other" }],
    }),
    mounted("/var/lib/kubelet/pods, /etc/kubernetes"),
  ],
  [
    "a folder of the node whose name begins like the one that is allowed",
    ofVelero({ volumes: [hostPath("/var/lib/kubelet/pods-of-others")] }),
    mounted("/var/lib/kubelet/pods-of-others"),
  ],
  ["a folder of the node to read, of whom it is allowed", reading({ readOnly: true })],
  ["a folder of the node to write, of whom reading is allowed", reading({}), mounted("/var/log/audit")],
  [
    "a folder of the node, of another account next to it",
    pod({ serviceAccountName: "default", volumes: [hostPath("/var/lib/kubelet/pods")] }, "velero"),
    mounted("/var/lib/kubelet/pods"),
  ],
  [
    "a folder of the node, of an account of the same name elsewhere",
    pod({ serviceAccountName: "velero-server", volumes: [hostPath("/etc")] }),
    mounted("/etc"),
  ],
  [
    "an administrator on the list",
    binding("ClusterRoleBinding", "cluster-admin", account("velero", "velero-server")),
  ],
  ["a binding of nobody", binding("ClusterRoleBinding", "cluster-admin")],
  [
    "a new administrator",
    binding(
      "ClusterRoleBinding",
      "cluster-admin",
      account("apps", "default"),
      account("velero", "velero-server"),
    ),
    administrator("User system:serviceaccount:apps:default"),
  ],
  [
    "an administrator of one namespace",
    binding("RoleBinding", "cluster-admin", user("mallory")),
    administrator("User mallory"),
  ],
  ["a binding of another role", binding("ClusterRoleBinding", "view", user("mallory"))],
];
