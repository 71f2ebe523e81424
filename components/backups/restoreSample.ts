import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import { sampleLabel, sampleName, sampleNamespaces } from "./restoreSampleNames.js";
import { samplePod } from "./restoreSamplePod.js";

export interface RestoreSampleArgs {
  /** The namespace restore-drill, once it is there. */
  namespace: pulumi.Input<string>;
  /** StorageClass of the volume. */
  storageClass: string;
  /** Image of busybox, of one version. */
  image: string;
}

/**
 * What the restore drill has backed up and restored: files on a volume, and one object of each common kind. None of it
 * does anything: its pod sleeps, its Ingress is of a class that nobody serves, its CronJob is suspended, and its Secret
 * holds nothing secret.
 */
export class RestoreSample extends pulumi.ComponentResource {
  /** Name of the objects, known once the files are written. */
  readonly sampleName: pulumi.Output<string>;

  constructor(name: string, args: RestoreSampleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:RestoreSample", name, {}, opts);
    const child = { parent: this };
    const sampleLabels = { ...sampleLabel, "app.kubernetes.io/managed-by": "pulumi" };
    const metadata = (annotations: Record<string, string> = {}) => ({
      name: sampleName,
      namespace: args.namespace,
      labels: sampleLabels,
      // Nothing here is waited for but the pod: a suspended CronJob or an Ingress without a controller never gets ready.
      annotations: { "pulumi.com/skipAwait": "true", ...annotations },
    });
    const labels = (component: string) => ({ ...sampleLabel, "app.kubernetes.io/component": component });
    const template = (component: string, restartPolicy?: string) => ({
      metadata: { labels: labels(component) },
      spec: samplePod(args.image, component, restartPolicy),
    });

    const config = new ConfigMap(
      `${name}-config`,
      { metadata: metadata(), data: sampleData(), binaryData: { bytes: "AAEC/f7/" } },
      child,
    );
    const account = new ServiceAccount(
      `${name}-account`,
      { metadata: metadata(), automountServiceAccountToken: false },
      child,
    );
    const claim = new PersistentVolumeClaim(
      `${name}-claim`,
      {
        // Velero leaves out volumes of the kind hostPath, which local-path-provisioner makes otherwise
        // (https://github.com/rancher/local-path-provisioner/pull/260).
        metadata: metadata(args.storageClass === "local-path" ? { volumeType: "local" } : {}),
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: args.storageClass,
          resources: { requests: { storage: "64Mi" } },
        },
      },
      child,
    );
    new Secret(
      `${name}-secret`,
      {
        metadata: metadata(),
        stringData: pulumi.secret({ text: "Nothing secret: it is there to come back." }),
      },
      child,
    );
    new Role(
      `${name}-role`,
      {
        metadata: metadata(),
        rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: [sampleName], verbs: ["get"] }],
      },
      child,
    );
    new RoleBinding(
      `${name}-binding`,
      {
        metadata: metadata(),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: sampleName },
        subjects: [{ kind: "ServiceAccount", name: sampleName, namespace: args.namespace }],
      },
      child,
    );
    new Service(
      `${name}-service`,
      {
        metadata: metadata(),
        spec: { selector: labels("files"), ports: [{ name: "http", port: 80, targetPort: 8080 }] },
      },
      child,
    );
    new NetworkPolicy(
      `${name}-policy`,
      { metadata: metadata(), spec: { podSelector: {}, policyTypes: ["Ingress"] } },
      child,
    );
    const backend = { service: { name: sampleName, port: { name: "http" } } };
    new Ingress(
      `${name}-ingress`,
      {
        metadata: metadata(),
        spec: {
          ingressClassName: "none",
          rules: [
            { host: `${sampleName}.invalid`, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } },
          ],
        },
      },
      child,
    );
    new PodDisruptionBudget(
      `${name}-budget`,
      { metadata: metadata(), spec: { maxUnavailable: 1, selector: { matchLabels: labels("files") } } },
      child,
    );
    new CronJob(
      `${name}-cron-job`,
      {
        metadata: metadata(),
        spec: {
          schedule: "0 0 1 1 *",
          suspend: true,
          jobTemplate: { spec: { template: template("cron-job", "Never") } },
        },
      },
      child,
    );
    new StatefulSet(
      `${name}-stateful-set`,
      {
        metadata: metadata(),
        spec: {
          replicas: 0,
          serviceName: sampleName,
          selector: { matchLabels: labels("stateful-set") },
          template: template("stateful-set"),
        },
      },
      child,
    );
    new HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      {
        metadata: metadata(),
        spec: {
          // Nothing is scaled while there are no replicas.
          scaleTargetRef: { apiVersion: "apps/v1", kind: "StatefulSet", name: sampleName },
          minReplicas: 1,
          maxReplicas: 2,
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
            },
          ],
        },
      },
      child,
    );
    const deployment = new Deployment(
      `${name}-deployment`,
      {
        metadata: { name: sampleName, namespace: args.namespace, labels: sampleLabels },
        spec: {
          replicas: 1,
          // The volume can be mounted once.
          strategy: { type: "Recreate" },
          selector: { matchLabels: labels("files") },
          template: template("files"),
        },
      },
      { ...child, dependsOn: [config, account, claim] },
    );
    this.sampleName = deployment.metadata.name;
    this.registerOutputs({ sampleName: this.sampleName });
  }
}

/** The script of the pod, and text that is easily spoiled. */
function sampleData(): Record<string, string> {
  return {
    "fill.sh": readFileSync(new URL("./sample/fill.sh", import.meta.url), "utf8"),
    text: `"quotes", \\back\\slashes, <tags> & {braces}:\n\ttabs, ümlauts and 文字, in ${sampleNamespaces.home}\n`,
  };
}
