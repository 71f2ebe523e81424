import { mkdirSync } from "node:fs";
import type { RecoveryNode } from "./recoveryNode.js";
import type { Sandbox } from "./sandbox.js";

/** A volume of an application, as local-path-provisioner names its folder. */
export const volumeOf = (uid: string) => `/opt/local-path-provisioner/pvc-${uid}_n8n_n8n-data`;

/** The cluster that is lost and recovered: what others than the program bring to it, and what is to be found again. */
export class RecoveryCluster {
  constructor(
    private readonly sandbox: Sandbox,
    private readonly node: RecoveryNode,
    private readonly kubeconfig: string,
  ) {}

  async kubectl(command: string, stdin = ""): Promise<string> {
    const env = { KUBECONFIG: this.kubeconfig };
    return (await this.sandbox.run(`kubectl ${command}`, { env, stdin })).stdout;
  }

  private apply(...objects: object[]): Promise<string> {
    return this.kubectl(
      "apply --server-side --field-manager=test --filename -",
      objects.map((object) => JSON.stringify(object)).join("\n---\n"),
    );
  }

  /** Contents of every Secret that the program makes. */
  async secretsOfProgram(): Promise<Record<string, string>> {
    const list = JSON.parse(
      await this.kubectl("get secrets --all-namespaces --show-managed-fields --output=json"),
    ) as {
      items: {
        type: string;
        metadata: { namespace: string; name: string; managedFields: { manager: string }[] };
        data: object;
      }[];
    };
    return Object.fromEntries(
      list.items
        .filter(
          ({ metadata, type }) =>
            type !== "helm.sh/release.v1" &&
            metadata.managedFields.some(({ manager }) => /^pulumi-kubernetes(-|$)/.test(manager)),
        )
        .map(({ metadata, data }) => [`${metadata.namespace}/${metadata.name}`, JSON.stringify(data)]),
    );
  }

  /** Brings the SealedSecret from Git, and waits for what it unseals. */
  async unsealed(sealed: string): Promise<Record<string, string>> {
    await this.kubectl(
      "apply --server-side --field-manager=argocd --namespace backstage --filename -",
      sealed,
    );
    await this.kubectl(
      "wait sealedsecret/backstage-db --namespace backstage --for=condition=Synced --timeout=30s",
    );
    const secret = await this.kubectl("get secret/backstage-db --namespace backstage --output=json");
    const { data } = JSON.parse(secret) as { data: Record<string, string> };
    return Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]),
    );
  }

  /** An application with a volume, and a pod of PostgreSQL: what ArgoCD and an operator make. */
  async applications(uid: string): Promise<void> {
    mkdirSync(this.node.path(volumeOf(uid)), { recursive: true });
    const labels = { app: "n8n" };
    await this.apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `pvc-${uid}` },
        spec: {
          accessModes: ["ReadWriteOnce"],
          capacity: { storage: "1Gi" },
          claimRef: { namespace: "n8n", name: "n8n-data" },
          local: { path: this.node.path(volumeOf(uid)) },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchFields: [{ key: "metadata.name", operator: "In", values: ["musashi"] }] },
              ],
            },
          },
          storageClassName: "local-path",
        },
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "n8n-data", namespace: "n8n" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          storageClassName: "local-path",
          volumeName: `pvc-${uid}`,
        },
      },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "n8n", namespace: "n8n" },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podSpec("docker.io/n8nio/n8n:1.100.0") },
        },
      },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          name: "postgres-cluster-1",
          namespace: "postgres",
          labels: { "cnpg.io/cluster": "postgres-cluster", "cnpg.io/instanceRole": "primary" },
        },
        spec: podSpec("ghcr.io/cloudnative-pg/postgresql:17.5", "postgres"),
      },
    );
    await this.kubectl("rollout status deployment/n8n --namespace n8n --timeout=30s");
    await this.kubectl(
      "wait pod/postgres-cluster-1 --namespace postgres --for=condition=Ready --timeout=30s",
    );
  }
}

/** What the admission policies and pod security ask of any pod. */
function podSpec(image: string, name = "main"): object {
  return {
    automountServiceAccountToken: false,
    containers: [
      {
        name,
        image,
        resources: { requests: { cpu: "10m", memory: "10Mi" }, limits: { cpu: "10m", memory: "10Mi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  };
}
