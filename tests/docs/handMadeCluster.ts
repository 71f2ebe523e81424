import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chartNames, charts } from "../../components/common/charts.js";
import { installPrerequisites, openCluster, type ClusterConnection } from "../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../cli/lab/cluster/labControlPlane.js";
import type { Values } from "../../cli/plan/providers/standIn.js";
import { byHand } from "../real/lab/apply/byHand.js";
import { binaries, startLab } from "../real/lab/apply/lab.js";
import { keyPair } from "../components/secrets/keyPairs.js";
import { musashi, objectsOf, run } from "../stacks/program.js";

/** Given by hand, in plain, to a release or a Secret: none of it may be in a state in plain. */
export const needles = {
  adminPassword: "Needle-admin-1",
  secretKey: "needle-16-chars!",
  databasePassword: "needle-database",
  s3Key: "needle-of-velero-s3",
  repositoryPassword: "needle-repository",
};

/** What of the needles is in a file below a folder, as it is or in base64. */
export function needlesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1"));
  const forms = (needle: string) => [needle, Buffer.from(needle).toString("base64").replace(/=+$/, "")];
  return Object.values(needles).filter((needle) =>
    forms(needle).some((form) => texts.some((text) => text.includes(form))),
  );
}

const sealingKey = keyPair("2025-01-01T00:00:00Z");

/** Settings of musashi with every value given as the cluster has it. Nobody issues certificates here. */
export function settingsWith(values: Partial<typeof needles> = {}): Record<string, unknown> {
  const { adminPassword, secretKey, databasePassword, repositoryPassword } = { ...needles, ...values };
  const raw = structuredClone(musashi) as Values;
  raw["controlPlane"].encryption.keys[0].secret = Buffer.from("of-key1-of-the-hand-made-cluster").toString(
    "base64",
  );
  raw["secrets"].sealingKeys = [{ name: "first", ...sealingKey }];
  raw["registry"] = { ...raw["registry"], adminPassword, secretKey, databasePassword };
  raw["certificates"].waitSeconds = 0;
  raw["backups"].velero.repositoryPassword = repositoryPassword;
  const { jobs } = raw["backups"];
  for (const job of ["volumes", "host", "postgres"]) jobs[job] = { ...jobs[job], password: `of-${job}-1` };
  delete raw["monitoring"].receivers;
  return raw;
}

/** Releases as somebody installed them, of an older chart each. */
const installed: { namespace: string; name: string; values?: object }[] = [
  { namespace: "kube-system", name: "cilium", values: { hubble: { ui: { enabled: true } } } },
  { namespace: "kube-system", name: "sealed-secrets" },
  { namespace: "cert-manager", name: "cert-manager" },
  {
    namespace: "harbor",
    name: "harbor",
    values: {
      harborAdminPassword: needles.adminPassword,
      secretKey: needles.secretKey,
      database: { internal: { password: needles.databasePassword } },
    },
  },
  {
    namespace: "velero",
    name: "velero",
    values: { credentials: { secretContents: { cloud: `aws_secret_access_key=${needles.s3Key}` } } },
  },
];

/** A cluster that somebody set up with kubectl and Helm, as the guides have it, before there was this program. */
export class HandMadeCluster {
  private constructor(
    readonly plane: LabControlPlane,
    readonly cluster: ClusterConnection,
    /** Folder with archives of charts. */
    readonly archives: string,
  ) {}

  /** @param folder Where charts are packed. */
  static async start(name: string, folder: string): Promise<HandMadeCluster> {
    const plane = await startLab(name);
    const { kubeconfig } = plane.paths;
    const cluster = await openCluster({ kubeconfig, kubectl: binaries("kubectl") });
    await installPrerequisites(cluster);
    const made = new HandMadeCluster(plane, cluster, packCharts(join(folder, "charts")));
    await made.applyObjects();
    made.installReleases();
    return made;
  }

  private apply(object: object): Promise<string> {
    return this.cluster.kubectl(["apply", "--filename=-"], { input: JSON.stringify(object) });
  }

  private async applyObjects(): Promise<void> {
    const { stack } = await run(settingsWith());
    const objects = objectsOf(stack).map(({ inputs }) => inputs);
    for (const { apiVersion, kind, metadata } of objects) {
      await this.cluster.definitions.ensure({
        apiVersion,
        kind,
        namespaced: metadata.namespace !== undefined,
      });
    }
    for (const namespace of ["harbor", "velero", "cert-manager"]) {
      await this.cluster.kubectl(["create", "namespace", namespace]);
    }
    // Without the program's own values, but for those that guard data.
    for (const object of objects.filter(isMadeByHand)) await this.apply(byHand(object));
    const secret = (namespace: string, name: string, stringData: Record<string, string>) =>
      this.apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData });
    const { adminPassword, secretKey, databasePassword, repositoryPassword } = needles;
    await secret("harbor", "harbor-core", { secretKey, HARBOR_ADMIN_PASSWORD: adminPassword });
    await secret("harbor", "harbor-database", { POSTGRES_PASSWORD: databasePassword });
    await secret("velero", "velero-repo-credentials", { "repository-password": repositoryPassword });
  }

  private installReleases(): void {
    for (const { namespace, name, values = {} } of installed) {
      const chart = join(this.archives, `${name}-0.9.0.tgz`);
      const args = ["install", name, chart, "--namespace", namespace, "--values", "-"];
      execFileSync(binaries("helm"), [...args, "--kubeconfig", this.plane.paths.kubeconfig], {
        input: JSON.stringify(values),
        stdio: ["pipe", "ignore", "inherit"],
      });
    }
  }

  /** Notes a revision of a release, as Helm does. */
  async noteRelease(
    { name, namespace }: { name: string; namespace: string },
    revision: number,
    status: string,
    chart: string,
  ): Promise<void> {
    const release = {
      ...{ name, namespace, version: revision, info: { status } },
      chart: { metadata: { name: chart, version: "1.0.0" } },
    };
    await this.apply({
      apiVersion: "v1",
      kind: "Secret",
      type: "helm.sh/release.v1",
      metadata: {
        name: `sh.helm.release.v1.${name}.v${revision}`,
        namespace,
        labels: { owner: "helm", name, status, version: String(revision) },
      },
      stringData: { release: gzipSync(JSON.stringify(release)).toString("base64") },
    });
  }
}

function isMadeByHand({ kind, metadata }: Values): boolean {
  const names = ["letsencrypt-prod", "cloudflare-api-token", "cloud-credentials"];
  if (names.includes(metadata.name as string)) return true;
  if (kind === "Certificate") return metadata.name !== "internal-ca";
  if (kind === "NetworkPolicy") return metadata.namespace === "harbor";
  return ["Schedule", "PrometheusRule"].includes(kind as string);
}

/** Charts of one ConfigMap each, in the program's version and in an older one. */
function packCharts(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of chartNames) {
    const { chart, version } = charts[name];
    for (const packed of [version, "0.9.0"]) {
      const source = join(folder, "source");
      mkdirSync(join(source, "templates"), { recursive: true });
      const chartName = chart.slice(chart.lastIndexOf("/") + 1);
      writeFileSync(join(source, "Chart.yaml"), `apiVersion: v2\nname: ${chartName}\nversion: ${packed}\n`);
      writeFileSync(
        join(source, "templates/configmap.yaml"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: chart-{{ .Release.Name }} }\ndata: { version: {{ .Chart.Version }} }\n",
      );
      execFileSync(binaries("helm"), ["package", source, "--destination", folder], { stdio: "ignore" });
      rmSync(source, { recursive: true });
    }
  }
  return folder;
}
