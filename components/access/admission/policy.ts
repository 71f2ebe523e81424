import { podSpecOf } from "./cel.js";

/** What a policy looks at: operations on resources of an API group. */
export interface ResourceRule {
  apiGroups: string[];
  apiVersions: string[];
  operations: ("CREATE" | "UPDATE")[];
  resources: string[];
}

/** A ValidatingAdmissionPolicy without its envelope. */
export interface AdmissionPolicy {
  /** Name of the policy and of its binding. */
  name: string;
  rules: ResourceRule[];
  /** CEL that has to hold for the policy to look at a request at all. */
  matchConditions?: { name: string; expression: string }[];
  /** CEL that later expressions call by name. */
  variables: { name: string; expression: string }[];
  /** What must hold, and the message where it does not. */
  validations: { expression: string; messageExpression: string }[];
  /** True: it binds in every namespace, and for what has none. Default: in the listed namespaces. */
  everywhere?: boolean;
  /** Namespaces it binds in besides the listed ones. */
  also?: readonly string[];
}

/**
 * Kubernetes' own writes of roles: the API server brings its default roles and bindings at each start, and does not start
 * without; and a controller copies rules of roles, judged when they were written, into those that collect them.
 */
export const notKubernetesItself = {
  name: "not-kubernetes-itself",
  expression:
    '!(request.userInfo.username in ["system:apiserver", "system:serviceaccount:kube-system:clusterrole-aggregation-controller"])',
};

/** Objects of a version of the API, such as `apps/v1`, when they are made or changed. */
export function written(apiVersion: string, ...resources: string[]): ResourceRule {
  const [version, group = ""] = apiVersion.split("/").reverse();
  return { apiGroups: [group], apiVersions: [version!], operations: ["CREATE", "UPDATE"], resources };
}

/**
 * Pods and what makes them. The client that applies a Deployment is told at once; pods themselves are looked at as
 * well, because a controller of somebody else's, or a debug container, makes them without any of these.
 */
export const workloads: ResourceRule[] = [
  written("v1", "pods", "pods/ephemeralcontainers", "replicationcontrollers"),
  written("apps/v1", "deployments", "daemonsets", "statefulsets", "replicasets"),
  written("batch/v1", "jobs", "cronjobs"),
];

/**
 * True for a change that leaves the pod as it is. What breaks a rule can still be scaled down, labelled and relieved of its
 * finalizers; otherwise a rollout that mends it could not finish. A pod that its controller makes anew is a new one: none
 * of what ran before comes back under deny (`npm run verify` names it).
 */
export const unchangedPod = `request.operation == "UPDATE" && (${podSpecOf("oldObject")}) == (${podSpecOf("object")})`;
