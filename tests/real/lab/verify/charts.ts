import { existsSync } from "node:fs";
import { join } from "node:path";
import { certManagerValues } from "../../../../components/certificates/certManager.js";
import { charts, type ChartName } from "../../../../components/common/charts.js";
import { veleroValues } from "../../../../components/backups/veleroValues.js";
import { harborValues } from "../../../../components/registry/harborValues.js";
import { sealedSecretsValues } from "../../../../components/secrets/sealedSecrets.js";
import { run } from "../../../../cli/kit/run.js";
import { binaries, type Lab } from "./lab.js";
import { skip } from "../../../kit/skip.js";

/** The releases whose charts bring roles or workloads that are verified, with the program's own values. */
const releases: { chart: ChartName; namespace: string; values: object }[] = [
  { chart: "sealed-secrets", namespace: "kube-system", values: sealedSecretsValues({}) },
  {
    chart: "cert-manager",
    namespace: "cert-manager",
    values: certManagerValues({ namespace: "cert-manager" }),
  },
  {
    chart: "velero",
    namespace: "velero",
    values: veleroValues({
      bucket: "homelab-backups",
      prefix: "velero",
      region: "sa-saopaulo-1",
      s3Endpoint: "https://tenancy.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
      backupSyncPeriod: "1h",
      validationFrequency: "1h",
    }),
  },
  { chart: "harbor", namespace: "harbor", values: harborValues({ hostname: "harbor.example.com" }) },
];

const archive = (folder: string, chart: ChartName): string => {
  const { chart: source, version } = charts[chart];
  return join(folder, `${source.split("/").at(-1)}-${version}.tgz`);
};

/** The folder of chart archives that CHARTS names; skips, saying why, where one is missing. */
export function chartFolder(test: Mocha.Context): string {
  const folder = process.env["CHARTS"];
  const missing = folder
    ? releases.map(({ chart }) => archive(folder, chart)).filter((file) => !existsSync(file))
    : [];
  if (folder && missing.length === 0) return folder;
  return skip(test, folder ? `${missing.join(", ")} not there` : "CHARTS names no folder of chart archives");
}

/** Installs them and waits until every pod is ready, as far as kwok makes it so. */
export async function installCharts(lab: Lab, folder: string): Promise<void> {
  await lab.kubectl(["create", "-f", "-"], volumes);
  const helm = [
    binaries("helm"),
    "--kubeconfig",
    lab.plane.paths.kubeconfig,
    "install",
    "--create-namespace",
  ];
  for (const { chart, namespace, values } of releases) {
    const release = [chart, archive(folder, chart), "--namespace", namespace, "--values=-"];
    await run([...helm, ...release, "--wait", "--timeout=120s"], { input: JSON.stringify(values) });
  }
}

/** Harbor's volume claims need volumes, or its pods stay pending. */
const volumes = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "local-path" },
      provisioner: "kubernetes.io/no-provisioner",
    },
    ...Array.from({ length: 5 }, (_, index) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `volume-${index}` },
      spec: {
        capacity: { storage: "100Gi" },
        accessModes: ["ReadWriteOnce"],
        storageClassName: "local-path",
        local: { path: "/nowhere" },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "Exists" }] },
            ],
          },
        },
      },
    })),
  ],
};
