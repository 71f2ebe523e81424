/** A kind as Kubernetes writes it: Kind, or Kind.group outside the core group. */
export type KindName = string;

/**
 * What an application consists of: workloads, their settings and their network names inside the cluster. Neither rights nor
 * network policies, limits or names that others reach it by; and no Secret, which SealedSecrets stand for. Pods and
 * ReplicaSets are here because ArgoCD shows only what its project permits.
 */
export const applicationKinds: readonly KindName[] = [
  ...["ConfigMap", "PersistentVolumeClaim", "Pod", "Service", "ServiceAccount"],
  ...["DaemonSet.apps", "Deployment.apps", "ReplicaSet.apps", "StatefulSet.apps"],
  ...["CronJob.batch", "Job.batch"],
  "HorizontalPodAutoscaler.autoscaling",
  "PodDisruptionBudget.policy",
  "SealedSecret.bitnami.com",
];

/** Kinds by which a repository would give itself more than an application needs, and what it has then. */
export const powerfulKinds: Readonly<Record<KindName, string>> = {
  "NetworkPolicy.networking.k8s.io": "opens its own isolation",
  "CiliumNetworkPolicy.cilium.io": "opens its own isolation",
  "Role.rbac.authorization.k8s.io": "gives its own pods rights",
  "RoleBinding.rbac.authorization.k8s.io": "gives its own pods rights",
  Secret: "keeps secrets in plain in Git, and makes tokens of its ServiceAccounts",
  LimitRange: "lifts its own limits",
  ResourceQuota: "lifts its own limits",
  Endpoints: "has the Gateway send requests to any address",
  "EndpointSlice.discovery.k8s.io": "has the Gateway send requests to any address",
  "Gateway.gateway.networking.k8s.io": "takes names of others",
  "GRPCRoute.gateway.networking.k8s.io": "takes names of others",
  "HTTPRoute.gateway.networking.k8s.io": "takes names of others",
  "Ingress.networking.k8s.io": "takes names of others",
  "Certificate.cert-manager.io": "has certificates of names of others",
};

/** Kinds of the core group that have a namespace. */
export const coreKinds: readonly KindName[] = [
  ...["ConfigMap", "Endpoints", "LimitRange", "PersistentVolumeClaim", "Pod", "PodTemplate"],
  ...["ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount"],
];

/** Kinds outside the core group that have no namespace. */
export const clusterKinds: readonly KindName[] = [
  ...["ClusterRole.rbac.authorization.k8s.io", "ClusterRoleBinding.rbac.authorization.k8s.io"],
  ...["MutatingAdmissionPolicy", "ValidatingAdmissionPolicy"].flatMap((kind) =>
    ["", "Binding"].map((rest) => `${kind}${rest}.admissionregistration.k8s.io`),
  ),
  ...["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"].map(
    (kind) => `${kind}.admissionregistration.k8s.io`,
  ),
  ...["CertificateSigningRequest.certificates.k8s.io", "CSIDriver.storage.k8s.io", "CSINode.storage.k8s.io"],
  ...["FlowSchema", "PriorityLevelConfiguration"].map((kind) => `${kind}.flowcontrol.apiserver.k8s.io`),
  ...["CiliumNode.cilium.io", "VolumeAttachment.storage.k8s.io"],
  ...["APIService.apiregistration.k8s.io", "CustomResourceDefinition.apiextensions.k8s.io"],
  ...["CiliumClusterwideNetworkPolicy.cilium.io", "ClusterIssuer.cert-manager.io"],
  ...["GatewayClass.gateway.networking.k8s.io", "IngressClass.networking.k8s.io"],
  ...["PriorityClass.scheduling.k8s.io", "RuntimeClass.node.k8s.io", "StorageClass.storage.k8s.io"],
];

/** A kind as ArgoCD's projects have it. */
export function groupKind(name: KindName): { group: string; kind: string } {
  const [kind, ...group] = name.split(".");
  return { group: group.join("."), kind: kind! };
}
