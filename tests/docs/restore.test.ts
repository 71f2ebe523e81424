import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Values } from "../../cli/plan/providers/standIn.js";
import { storageClass, VeleroWorld } from "../real/backups/velero/world.js";
import { documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const guide = "docs/guides/restore-a-namespace.md";
const namespace = "backstage";
const schedule = { name: "backstage-daily", namespaces: [namespace], cron: "0 2 * * *", ttl: "720h" };

/** Kinds whose definitions come with add-ons. */
const custom: [apiVersion: string, kind: string][] = [
  ["argoproj.io/v1alpha1", "Application"],
  ["acme.cert-manager.io/v1", "Challenge"],
  ["acme.cert-manager.io/v1", "Order"],
  ["bitnami.com/v1alpha1", "SealedSecret"],
  ["cert-manager.io/v1", "Certificate"],
  ["cert-manager.io/v1", "CertificateRequest"],
  ["cilium.io/v2", "CiliumNetworkPolicy"],
  ["postgresql.cnpg.io/v1", "Cluster"],
];

/** Of those, the ones that do not come back. */
const leftOut = [
  "certificaterequests.cert-manager.io",
  "challenges.acme.cert-manager.io",
  "ciliumnetworkpolicies.cilium.io",
  "clusters.postgresql.cnpg.io",
  "orders.acme.cert-manager.io",
];

describe(guide, () => {
  let sandbox: Sandbox;
  let world: VeleroWorld;
  const file = () => join(world.agent.folder(namespace), "workflow.json");

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.of(this, ["kubectl", "velero-server", "velero-plugin-for-aws"]);
    world = await VeleroWorld.start(`docs-restore-${process.pid}`, schedule);
    for (const [apiVersion, kind] of custom) {
      await world.cluster.definitions.ensure({ apiVersion, kind, namespaced: true });
    }
    mkdirSync(world.agent.folder(namespace));
    writeFileSync(file(), "as it was");
    await world.apply(objects);
    await world.kubectl("rollout", "status", "deployment/web", `--namespace=${namespace}`);
    await world.kubectl("wait", "pod/db-1", "--for=condition=Ready", `--namespace=${namespace}`);
    assert.equal(await world.backUp("backstage-daily-20261123020000"), "Completed");

    // What has happened since: a policy that was closed, and the accident.
    await world.kubectl("delete", "networkpolicy", "since-closed", `--namespace=${namespace}`);
    const lost = ["configmaps", "services", "leases", "jobs", ...leftOut].join(",");
    await world.kubectl("delete", lost, "--all", `--namespace=${namespace}`);
    writeFileSync(file(), "spoiled");
  });
  after(async function () {
    this.timeout(120_000);
    await world?.end();
    sandbox?.remove();
  });

  const run = (text: string) =>
    sandbox.run(text, { env: { KUBECONFIG: world.plane.paths.kubeconfig, KUBECACHEDIR: sandbox.home } });
  const there = async (kinds: string, where = namespace) =>
    (await world.names(where, kinds)).map((name) => name.replace(/-[a-z0-9]{5,10}(-[a-z0-9]{5})?$/, "-…"));

  documented(guide, "Restore a namespace", "bcadb787", "shows the backups", async ({ text }) => {
    assert.match((await run(text)).stdout, /\nbackstage-daily-20261123020000 +Completed +20\d\d-\S+Z\n$/);
  });

  documented(
    guide,
    "Look at it first",
    "184d429d",
    "restores next to it, under default deny",
    async ({ text }) => {
      await run(text);
      assert.deepEqual(await there("configmaps,networkpolicies", "backstage-look"), [
        "configmap/kube-root-ca.crt",
        "configmap/settings",
        "networkpolicy.networking.k8s.io/default-deny",
      ]);
      assert.ok((await there("pods", "backstage-look")).includes("pod/web-…"));
      assert.equal(
        readFileSync(join(world.agent.folder("backstage-look"), "workflow.json"), "utf8"),
        "as it was",
      );
      assert.equal(readFileSync(file(), "utf8"), "spoiled");
    },
  );

  documented(guide, "Look at it first (2)", "09c464c4", "leaves nothing", async ({ text }) => {
    await run(text);
    assert.deepEqual(await world.names("velero", "restores.velero.io"), []);
    await assert.rejects(world.kubectl("get", "namespace", "backstage-look"), /not found/);
  });

  const automated = async () => {
    const application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
    const metadata = { name: "backstage", namespace: "argocd" };
    return (await world.cluster.api.get({ ...application, metadata }))!["spec"].syncPolicy
      .automated as unknown;
  };

  documented(guide, "Restore it", "b23d8beb", "stops ArgoCD", async ({ text }) => {
    assert.deepEqual(await automated(), { prune: true, selfHeal: true });
    await run(text);
    assert.equal(await automated(), undefined);
  });

  documented(guide, "Restore it (2)", "47ce99c7", "removes what is to come back", async ({ text }) => {
    await run(text);
    assert.deepEqual(await there("deployments,replicasets,statefulsets,pods,persistentvolumeclaims"), [
      "pod/db-1",
      "persistentvolumeclaim/db-1",
    ]);
  });

  documented(guide, "Restore it (3)", "a31ef60a", "restores, but for what is left out", async ({ text }) => {
    await run(text);
    assert.deepEqual(
      await there("deployments,statefulsets,cronjobs,pods,persistentvolumeclaims,services,configmaps"),
      [
        "deployment.apps/web",
        "statefulset.apps/cache",
        "cronjob.batch/nightly",
        "pod/db-1",
        "pod/web-…",
        "persistentvolumeclaim/db-1",
        "persistentvolumeclaim/files",
        "service/web",
        "configmap/kube-root-ca.crt",
        "configmap/settings",
      ],
    );
    assert.equal(readFileSync(file(), "utf8"), "as it was");
    assert.deepEqual(await there("networkpolicies,leases,jobs"), [
      "networkpolicy.networking.k8s.io/default-deny",
    ]);
    assert.deepEqual(await there(leftOut.join(",")), []);
    // A StatefulSet makes its own, which has no label of Velero's.
    const revisions = [
      "get",
      "controllerrevisions",
      `--namespace=${namespace}`,
      "--selector=velero.io/restore-name",
    ];
    assert.equal(await world.kubectl(...revisions, "--output=name"), "");
    // Labels of a Service are those of its slices too; one that Velero had made would have no owner.
    const owners = "--output=jsonpath={.items[*].metadata.ownerReferences[*].kind}/{.items[*].kind}";
    const slices = await world.kubectl("get", "endpointslices", `--namespace=${namespace}`, owners);
    assert.equal(slices, "Service/EndpointSlice");
  });

  documented(guide, "Restore it (4)", "4739e841", "shows what came of it", async ({ text }) => {
    await world.kubectl("wait", "deployment/web", `--namespace=${namespace}`, "--for=condition=Available");
    const { stdout } = await run(text);
    assert.match(stdout, /^pod\/web-\S+ +1\/1 +Running/m);
    assert.match(stdout, /^persistentvolumeclaim\/files +Bound/m);
    assert.match(stdout, /^sealedsecret\.bitnami\.com\/backstage-db /m);
  });

  documented(guide, "Restore it (5)", "1b6905da", "gives the namespace back to ArgoCD", async ({ text }) => {
    await run(text);
    assert.deepEqual(await automated(), { prune: true, selfHeal: true });
  });
});

const of = (apiVersion: string, kind: string, name: string, rest: object = {}, labels?: object): Values => ({
  apiVersion,
  kind,
  metadata: { name, namespace, ...(labels && { labels }) },
  ...rest,
});
const claim = {
  accessModes: ["ReadWriteOnce"],
  storageClassName: storageClass,
  resources: { requests: { storage: "64Mi" } },
};
const containers = [
  { name: "main", image: "ghcr.io/example/web:1.0", volumeMounts: [{ name: "data", mountPath: "/data" }] },
];
const volume = (claimName: string) => [{ name: "data", persistentVolumeClaim: { claimName } }];
const template = (app: string, spec: object) => ({ metadata: { labels: { app } }, spec });
const job = {
  template: template("job", { restartPolicy: "Never", containers: [{ name: "main", image: "a:1" }] }),
};
const postgres = { "cnpg.io/cluster": "db" };

/** A namespace with an application, a database by CloudNativePG, and what controllers make next to them. */
const objects: Values[] = [
  ...[namespace, "argocd"].map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
  of("v1", "ConfigMap", "settings", { data: { a: "b" } }),
  of("v1", "Secret", "app", { stringData: { a: "b" } }),
  of("v1", "Secret", "backstage-db", { stringData: { a: "b" } }, { "velero.io/exclude-from-backup": "true" }),
  of("bitnami.com/v1alpha1", "SealedSecret", "backstage-db", { spec: { encryptedData: { a: "AgB" } } }),
  of("v1", "PersistentVolumeClaim", "files", { spec: claim }),
  of("v1", "Service", "web", { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } }),
  of("apps/v1", "Deployment", "web", {
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: template("web", { containers, volumes: volume("files") }),
    },
  }),
  of("apps/v1", "StatefulSet", "cache", {
    spec: {
      replicas: 0,
      serviceName: "web",
      selector: { matchLabels: { app: "cache" } },
      template: template("cache", { containers: [{ name: "main", image: "a:1" }] }),
    },
  }),
  of("batch/v1", "CronJob", "nightly", {
    spec: { schedule: "0 3 * * *", suspend: true, jobTemplate: { spec: job } },
  }),
  of("batch/v1", "Job", "once", { spec: { suspend: true, ...job } }),
  of("coordination.k8s.io/v1", "Lease", "leader", { spec: { holderIdentity: "web-1" } }),
  ...["default-deny", "since-closed"].map((name) =>
    of("networking.k8s.io/v1", "NetworkPolicy", name, {
      spec: { podSelector: {}, policyTypes: ["Ingress"] },
    }),
  ),
  of("cilium.io/v2", "CiliumNetworkPolicy", "web", { spec: { endpointSelector: {} } }),
  of("cert-manager.io/v1", "Certificate", "web", { spec: { secretName: "app" } }),
  of("cert-manager.io/v1", "CertificateRequest", "web-1", { spec: { request: "" } }),
  of("acme.cert-manager.io/v1", "Order", "web-1", { spec: {} }),
  of("acme.cert-manager.io/v1", "Challenge", "web-1", { spec: {} }),
  of("postgresql.cnpg.io/v1", "Cluster", "db", { spec: { instances: 1 } }),
  of("v1", "PersistentVolumeClaim", "db-1", { spec: claim }, postgres),
  of("v1", "Pod", "db-1", { spec: { containers, volumes: volume("db-1") } }, postgres),
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "backstage", namespace: "argocd" },
    spec: { syncPolicy: { automated: { prune: true, selfHeal: true } } },
  },
];
