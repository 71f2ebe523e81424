import { systemNamespace } from "../common/addOnNamespaces.js";
import { identity, type Subject } from "./clusterAdmins.js";
import type { Power } from "./powers.js";

/**
 * What each role that Kubernetes and kubeadm bind themselves gives, as Kubernetes 1.36 makes them
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings). A role of such a name
 * that is not here, or gives more, is somebody else's.
 */
const controllers: Record<string, readonly Power[]> = {
  "bootstrap-signer": ["read-secrets"],
  "certificate-controller": ["sign-certificates"],
  "cloud-provider": ["configure-cluster"],
  "clusterrole-aggregation-controller": ["give-roles"],
  "cronjob-controller": ["run-pods"],
  "daemon-set-controller": ["run-pods"],
  "deployment-controller": ["run-pods"],
  "endpoint-controller": ["take-names"],
  "endpointslice-controller": ["take-names"],
  "endpointslicemirroring-controller": ["take-names"],
  "generic-garbage-collector": [
    ...(["read-secrets", "run-pods", "enter-pods", "reach-pods", "make-tokens", "use-nodes"] as const),
    ...(["intercept-requests", "loosen-admission", "open-network", "take-names"] as const),
    ...(["configure-cluster", "use-administrators"] as const),
  ],
  "job-controller": ["run-pods"],
  "legacy-service-account-token-cleaner": ["read-secrets", "make-tokens"],
  "namespace-controller": [
    ...([
      "read-secrets",
      "enter-pods",
      "reach-pods",
      "use-nodes",
      "loosen-admission",
      "open-network",
    ] as const),
  ],
  "persistent-volume-binder": ["run-pods", "use-nodes"],
  "replicaset-controller": ["run-pods"],
  "replication-controller": ["run-pods"],
  "resourcequota-controller": ["read-secrets"],
  "root-ca-cert-publisher": ["configure-cluster"],
  "service-controller": ["take-names"],
  "statefulset-controller": ["run-pods"],
  "token-cleaner": ["read-secrets"],
};

/** Components, which sign in by certificate. */
const components: Record<string, { subject: Subject; powers: readonly Power[] }> = {
  "system:kube-controller-manager": {
    subject: { kind: "User", name: "system:kube-controller-manager" },
    powers: ["read-secrets", "make-tokens"],
  },
  "system:node": {
    subject: { kind: "Group", name: "system:nodes" },
    powers: ["read-secrets", "run-pods", "make-tokens"],
  },
  // The API server itself, as it asks kubelets for logs and commands.
  "system:kubelet-api-admin": {
    subject: { kind: "User", name: "kube-apiserver-kubelet-client" },
    powers: ["use-nodes"],
  },
};

/**
 * True for a subject that Kubernetes itself binds to the role, with no more than that role has there. Somebody else whom such
 * a binding is widened to is not among them.
 *
 * @param powers What the role gives in this cluster.
 */
export function isKubernetesOwn(role: string, subject: Subject, powers: readonly Power[]): boolean {
  const name = role.replace(/^system:controller:/, "");
  const own =
    role === name
      ? components[role]
      : {
          subject: { kind: "ServiceAccount", namespace: systemNamespace, name },
          powers: Object.hasOwn(controllers, name) ? controllers[name] : undefined,
        };
  if (!own?.powers || identity(own.subject) !== identity(subject)) return false;
  return powers.every((power) => own.powers!.includes(power));
}
