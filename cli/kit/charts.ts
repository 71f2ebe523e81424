import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.js";
import { charts, type ChartName } from "../../components/common/charts.js";
import { silent, type Progress } from "./progress.js";
import { temporaryFolder } from "./temporaryFolder.js";
import { withLock } from "./toolchain/lock.js";
import { projectFolder, tool } from "./toolchain/tool.js";
import { UserError } from "./userError.js";

/** A Go module that holds a chart, CustomResourceDefinitions, or both. tools/charts/go.mod pins its version. */
interface ChartModule {
  module: string;
  /** What the definitions belong to: a chart of the table, or a project that brings no chart of ours. */
  name: ChartName | "gateway-api" | "prometheus-operator";
  /** Folder of the chart in the module. Default: the chart is not taken from here. */
  chart?: string;
  /** True where the project writes the version into the chart when it releases it. Default: false. */
  unversioned?: boolean;
  /** Folders or files with CustomResourceDefinitions in the module. */
  definitions: string[];
}

/** Paths of files in a folder, without the ending .yaml that all have. */
const files = (folder: string, ...names: string[]) => names.map((name) => `${folder}/${name}.yaml`);

/** Where charts and definitions come from. */
export const chartModules: readonly ChartModule[] = [
  {
    module: "github.com/bitnami/sealed-secrets",
    name: "sealed-secrets",
    chart: "helm/sealed-secrets",
    definitions: ["helm/sealed-secrets/crds"],
  },
  {
    module: "github.com/cert-manager/cert-manager",
    name: "cert-manager",
    chart: "deploy/charts/cert-manager",
    // https://github.com/cert-manager/cert-manager/blob/v1.21.1/make/manifests.mk
    unversioned: true,
    definitions: ["deploy/crds"],
  },
  {
    module: "github.com/cilium/cilium",
    name: "cilium",
    chart: "install/kubernetes/cilium",
    definitions: files(
      "pkg/k8s/apis/cilium.io/client/crds/v2",
      "ciliumnetworkpolicies",
      "ciliumclusterwidenetworkpolicies",
    ),
  },
  { module: "github.com/goharbor/harbor-helm", name: "harbor", chart: ".", definitions: [] },
  {
    module: "github.com/vmware-tanzu/velero",
    name: "velero",
    definitions: ["config/crd/v1/bases", "config/crd/v2alpha1/bases"],
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    name: "prometheus-operator",
    definitions: files(
      "example/prometheus-operator-crd",
      "monitoring.coreos.com_alertmanagerconfigs",
      "monitoring.coreos.com_podmonitors",
      "monitoring.coreos.com_prometheusrules",
      "monitoring.coreos.com_servicemonitors",
    ),
  },
  { module: "sigs.k8s.io/gateway-api", name: "gateway-api", definitions: ["config/crd/standard"] },
];

/** What has been fetched. */
export interface Fetched {
  /**
   * Folder with chart archives, `<chart>-<version>.tgz`. The version is the one of the table; where the module has
   * another one, the archive itself says which.
   */
  charts: string;
  /** Folder with CustomResourceDefinitions, `<chart or project>-<version>.yaml`. */
  crds: string;
}

/** Folder of all that is fetched, below the project's. */
const cache = join(".cache", "charts");

/**
 * Returns the charts and definitions that an earlier run fetched; undefined where there are none, or none of the pinned
 * modules.
 *
 * @param root Folder of the project. Default: this one's.
 */
export function fetchedCharts(root = projectFolder): Fetched | undefined {
  const sum = join(root, "tools", "charts", "go.sum");
  if (!existsSync(sum)) return undefined;
  const folder = join(root, cache, keyOf(readFileSync(sum, "utf8")));
  return existsSync(folder) ? { charts: join(folder, "charts"), crds: join(folder, "crds") } : undefined;
}

/** Whether an archive is one of those fetched. */
export function isFetched(archive: string): boolean {
  return archive.includes(`/${cache}/`);
}

/**
 * Fetches the charts and definitions from their Go modules, once for each go.sum.
 *
 * @param progress Default: silent.
 * @throws UserError without Go, or with the reason why a module cannot be had.
 */
export async function fetchCharts(progress: Progress = silent): Promise<Fetched> {
  const before = fetchedCharts();
  if (before) return before;
  const folder = join(projectFolder, cache);
  const key = keyOf(readFileSync(join(projectFolder, "tools", "charts", "go.sum"), "utf8"));
  mkdirSync(folder, { recursive: true });
  await withLock(
    join(folder, ".lock"),
    () => progress.step("waiting for another process that fetches charts"),
    async () => {
      // Another process may have fetched them meanwhile.
      if (fetchedCharts()) return;
      const helm = await tool("helm", { progress });
      progress.step("downloading charts and definitions (tools/charts/go.mod); once, about 90 MB");
      const modules = await downloadModules(join(projectFolder, "tools", "charts"));
      const unfinished = temporaryFolder(folder);
      try {
        const finished = join(unfinished.path, key);
        mkdirSync(finished);
        await unpack(modules, helm, finished);
        for (const entry of readdirSync(folder)) {
          if (/^[0-9a-f]{16}$/.test(entry)) rmSync(join(folder, entry), { recursive: true });
        }
        // Renamed into place, so that nobody finds half of it.
        renameSync(finished, join(folder, key));
      } finally {
        unfinished.remove();
      }
    },
  );
  return fetchedCharts()!;
}

/** Changes with the pinned modules, with what is taken from them and with the versions of the table. */
function keyOf(goSum: string): string {
  const versions = chartModules.map(({ name }) => name in charts && charts[name as ChartName].version);
  return createHash("sha256")
    .update(JSON.stringify([goSum, chartModules, versions]))
    .digest("hex")
    .slice(0, 16);
}

/** A module as `go mod download -json` describes it. */
interface Module {
  Path: string;
  Version: string;
  Sum: string;
  /** Folder with its files. */
  Dir: string;
}

/**
 * Downloads what a go.mod requires directly, and nothing that those modules require.
 *
 * @param folder Folder with go.mod and go.sum.
 * @param names Paths of modules. Default: all that go.mod lists.
 */
export async function downloadModules(folder: string, names: readonly string[] = []): Promise<Module[]> {
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" };
  const modules = await run(["go", "mod", "download", "-json", ...names], { cwd: folder, env }).then(
    ({ stdout }) =>
      stdout.split(/(?<=^})$/m).flatMap((text) => (text.trim() ? [JSON.parse(text) as Module] : [])),
    (error: NodeJS.ErrnoException & { stderr: string; stdout: string }) => {
      if (error.code === "ENOENT") {
        throw new UserError(
          "Charts and definitions come as Go modules, and Go is not on PATH. Install Go (https://go.dev/dl/).",
        );
      }
      const reasons = [...error.stdout.matchAll(/"Error": (".*")/g)].map(
        ([, text]) => JSON.parse(text!) as string,
      );
      throw new UserError(
        `Charts and definitions cannot be downloaded:\n${[...reasons, error.stderr.trim()].filter(Boolean).join("\n")}`,
      );
    },
  );
  // Go checks the lines that are there, and lets a module pass that has none.
  const known = readFileSync(join(folder, "go.sum"), "utf8").split("\n");
  for (const { Path, Version, Sum } of modules) {
    if (known.includes(`${Path} ${Version} ${Sum}`)) continue;
    throw new UserError(`${Path} ${Version} is not the one that ${join(folder, "go.sum")} pins.`);
  }
  return modules;
}

/** Makes archives and files of definitions out of the modules. */
async function unpack(modules: readonly Module[], helm: string, target: string): Promise<void> {
  const [archives, crds, home] = ["charts", "crds", ".helm"].map((name) => join(target, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(crds);
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  for (const source of chartModules) {
    const { Dir, Version } = modules.find(({ Path }) => Path === source.module)!;
    const version = source.name in charts ? charts[source.name as ChartName].version : Version;
    const title = `${source.name}-${version}`;
    const definitions = definitionsIn(source.definitions.map((path) => join(Dir, path)));
    if (definitions) writeFileSync(join(crds, `${title}.yaml`), definitions);
    if (source.chart === undefined) continue;
    const stamp = source.unversioned ? ["--version", Version, "--app-version", Version] : [];
    const { stdout } = await run(
      [helm, "package", join(Dir, source.chart), "--destination", archives, ...stamp],
      { env },
    );
    renameSync(/saved it to: (.+)$/m.exec(stdout)![1]!, join(archives, `${title}.tgz`));
  }
  rmSync(home, { recursive: true, force: true });
}

/** The CustomResourceDefinitions among YAML documents. */
function definitionDocuments(text: string): string[] {
  return text.split(/^---.*$/m).filter((document) => /^kind: *CustomResourceDefinition$/m.test(document));
}

/** The CustomResourceDefinitions in files, and in the files of folders, as one text. */
function definitionsIn(paths: readonly string[]): string {
  return paths
    .flatMap((path) =>
      path.endsWith(".yaml")
        ? [path]
        : readdirSync(path)
            .filter((file) => file.endsWith(".yaml"))
            .sort()
            .map((file) => join(path, file)),
    )
    .flatMap((file) => definitionDocuments(readFileSync(file, "utf8")))
    .map((text) => `---\n${text.trim()}\n`)
    .join("");
}
