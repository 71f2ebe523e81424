import * as pulumi from "@pulumi/pulumi";
import { hashedPath, yamlText, type NodeFile } from "../control-plane/nodeFile.js";

/** How much of a matching request is written (https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/). */
export type AuditLevel = "None" | "Metadata" | "Request" | "RequestResponse";

/** One rule of a policy: what is set has to match, and the first matching rule decides. */
export interface AuditRule {
  level: AuditLevel;
  users?: string[];
  /** The user has to be in one of them; next to `users`, both have to match. */
  userGroups?: string[];
  verbs?: string[];
  /** A resource's name does not stand for its subresources: those are written `pods/exec`. */
  resources?: { group: string; resources: string[] }[];
  nonResourceURLs?: string[];
}

/** `Policy` of audit.k8s.io/v1, as far as it is used here. */
export interface AuditPolicyDocument {
  apiVersion: "audit.k8s.io/v1";
  kind: "Policy";
  omitStages?: ("RequestReceived" | "ResponseStarted" | "ResponseComplete" | "Panic")[];
  omitManagedFields?: boolean;
  rules: AuditRule[];
}

export interface AuditPolicyArgs {
  /**
   * Level for Secrets. `Metadata` is the safe policy: no body that may hold a credential is ever written.
   * `RequestResponse` is the security page's policy: the values of Secrets are in the log. Default: Metadata.
   */
  secretsLevel?: "Metadata" | "RequestResponse";
}

/** What the API server writes into its audit log, as a file on the node. */
export class AuditPolicy extends pulumi.ComponentResource {
  /** The policy's file; its name changes with its content, because the API server reads it only at start. */
  readonly file: pulumi.Output<NodeFile & { content: string }>;

  constructor(name: string, args: AuditPolicyArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:control-plane:AuditPolicy", name, {}, opts);
    const content = yamlText(auditPolicy(args));
    this.file = pulumi.output({
      path: hashedPath("/etc/kubernetes/audit/policy.yaml", content),
      mode: "0600",
      content,
    });
    this.registerOutputs({ file: this.file });
  }
}

/** The policy for the wanted level of Secrets. */
export function auditPolicy({ secretsLevel = "Metadata" }: AuditPolicyArgs = {}): AuditPolicyDocument {
  const header = { apiVersion: "audit.k8s.io/v1", kind: "Policy" } as const;
  if (secretsLevel === "RequestResponse") return { ...header, rules: pageRules };
  return {
    ...header,
    // The later stages of a request hold all that this one does.
    omitStages: ["RequestReceived"],
    omitManagedFields: true,
    rules: [...guardRules, ...noiseRules, { level: "Metadata" }],
  };
}

const core = (...resources: string[]) => ({ group: "", resources });
const reads = ["get", "list", "watch"];

/** The three rules of the security page, in its order. */
const pageRules: AuditRule[] = [
  { level: "None", verbs: reads, resources: [core("endpoints", "services", "configmaps")] },
  { level: "RequestResponse", resources: [core("secrets")] },
  { level: "Metadata" },
];

/** These come first, so that no rule against noise can ever hide what they are about. */
const guardRules: AuditRule[] = [
  // Bodies with credentials, for every verb and every user.
  {
    level: "Metadata",
    resources: [
      core("secrets", "configmaps", "serviceaccounts/token"),
      { group: "authentication.k8s.io", resources: ["tokenreviews"] },
    ],
  },
  // Ways into a running container. Clients ask by POST or by GET (WebSocket); the metadata names the command.
  {
    level: "Metadata",
    resources: [
      core("pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "pods/ephemeralcontainers"),
      core("services/proxy", "nodes/proxy"),
    ],
  },
  // Rights that change, with what they were changed to.
  {
    level: "RequestResponse",
    verbs: ["create", "update", "patch", "delete", "deletecollection"],
    resources: [
      {
        group: "rbac.authorization.k8s.io",
        resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
      },
    ],
  },
];

const systemUsers = [
  "system:apiserver",
  "system:kube-controller-manager",
  "system:kube-scheduler",
  "system:serviceaccount:kube-system:kube-proxy",
];
const leases = [{ group: "coordination.k8s.io", resources: ["leases"] }];
const topology = [core("endpoints", "nodes", "services")].concat({
  group: "discovery.k8s.io",
  resources: ["endpointslices"],
});

/** What the cluster says to itself all day; written down it would push everything else out of the rotated log. */
const noiseRules: AuditRule[] = [
  { level: "None", verbs: ["get", "head"], nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"] },
  // Events are a log of their own. Deleting them is not noise: it is how traces are removed.
  {
    level: "None",
    verbs: [...reads, "create", "update", "patch"],
    resources: [core("events"), { group: "events.k8s.io", resources: ["events"] }],
  },
  // Heartbeats: each elected controller renews its lease every two seconds, 43,200 lines a day. Making and deleting
  // a lease stays visible, and so does everything a person does to one.
  {
    level: "None",
    userGroups: ["system:nodes", "system:serviceaccounts"],
    verbs: [...reads, "update"],
    resources: leases,
  },
  { level: "None", users: systemUsers, verbs: [...reads, "update"], resources: leases },
  // Traefik with several listeners for one policy writes its status five times a second, 650 MB a day. What somebody wants
  // of a policy is not in its status, and stays visible.
  {
    level: "None",
    userGroups: ["system:serviceaccounts"],
    verbs: ["update", "patch"],
    resources: [{ group: "gateway.networking.k8s.io", resources: ["backendtlspolicies/status"] }],
  },
  // A kubelet reads its node every ten seconds; the others watch where Services lead.
  { level: "None", userGroups: ["system:nodes"], verbs: reads, resources: topology },
  { level: "None", users: systemUsers, verbs: reads, resources: topology },
];
