import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { CustomResourcePatch } from "@pulumi/kubernetes/apiextensions/customResourcePatch.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { fixture } from "./lab.js";

/** One of each sort of resource that is made in its own way. */
export function program(): object {
  const provider = new Provider("cluster", { clusterIdentifier: "lab", enableSecretMutable: true });
  const inCluster = { provider };
  const namespace = new Namespace("namespace", { metadata: { name: "apps" } }, inCluster);
  const metadata = (name: string) => ({ name, namespace: namespace.metadata.name });
  new ServiceAccount("account", { metadata: metadata("account") }, inCluster);
  const passwords = ["one", "two", "three"].map((name) => {
    const password = new RandomPassword(`password-${name}`, { length: 24, special: false });
    const stringData = { password: password.result };
    new Secret(name, { metadata: metadata(name), immutable: name === "one", stringData }, inCluster);
    return password.result;
  });
  const labels = { app: "web", tier: "front" };
  new Deployment(
    "web",
    {
      metadata: metadata("web"),
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels },
          spec: {
            tolerations: [{ operator: "Exists" }],
            containers: [
              {
                name: "web",
                image: "registry.k8s.io/pause:3.10",
                resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
              },
            ],
          },
        },
      },
    },
    inCluster,
  );
  const recorded = new Release(
    "velero",
    {
      ...{
        name: "velero",
        namespace: "apps",
        chart: "velero",
        version: "12.1.0",
        values: { a: passwords[0] },
      },
      repositoryOpts: { repo: "https://charts.invalid" },
    },
    { ...inCluster, dependsOn: [namespace] },
  );
  new Release(
    "fixture",
    { name: "fixture", namespace: "apps", chart: fixture, version: "1.0.0", atomic: true, timeout: 60 },
    { ...inCluster, dependsOn: [namespace] },
  );
  new CustomResource(
    "schedule",
    {
      apiVersion: "velero.io/v1",
      kind: "Schedule",
      metadata: metadata("daily"),
      spec: { schedule: "0 2 * * *", template: { includedNamespaces: ["apps"], ttl: "720h0m0s" } },
    },
    { ...inCluster, dependsOn: [recorded] },
  );
  new CustomResourcePatch(
    "project",
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { name: "default", namespace: "argocd", annotations: { "pulumi.com/patchForce": "true" } },
      spec: { sourceRepos: ["https://example.com/apps.git"], destinations: [] },
    },
    inCluster,
  );
  return { passwords };
}
