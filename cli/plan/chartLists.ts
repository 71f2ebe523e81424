import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { chartNames, charts, type ChartName } from "../../components/common/charts.js";
import { temporaryFolder } from "../kit/temporaryFolder.js";
import type { PlannedRelease } from "./providers/kubernetes/release.js";
import { holdsUnknown } from "./providers/values.js";
import { render, type RenderOptions } from "./manifests.js";
import { objectKeys, type ObjectKey } from "./objects.js";

/** The objects that one release makes with the values of one stack. */
export interface ListedRelease {
  /** `namespace/name`. */
  release: string;
  /** Digest of what it was rendered with: values and version of Kubernetes. */
  values: string;
  objects: ObjectKey[];
}

/** What a pinned chart makes, as `npm run chart-objects` has written it next to the table of charts. */
export interface ChartList {
  version: string;
  /** Digest of the chart's files, however they were packed; Chart.yaml, which packing rewrites, is left out. */
  contents: string;
  /** By stack. */
  stacks: Record<string, ListedRelease[]>;
}

const folder = fileURLToPath(new URL("../../components/common/chart-objects/", import.meta.url));

/** The list of a chart; undefined where there is none. */
export function chartList(chart: ChartName): ChartList | undefined {
  const file = join(folder, `${chart}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ChartList) : undefined;
}

/** Objects of a release by the lists; undefined where no list is of this chart, version and values. */
export function listedObjects(release: PlannedRelease, kubernetesVersion?: string): ObjectKey[] | undefined {
  const list = listOf(release);
  if (list?.version !== release.version || holdsUnknown(release.values)) return undefined;
  const values = valuesDigest(release, kubernetesVersion);
  return Object.values(list.stacks)
    .flat()
    .find((listed) => listed.release === titleOf(release) && listed.values === values)?.objects;
}

/** The pinned chart that a release is of. */
export function chartOf({ chart }: Pick<PlannedRelease, "chart">): ChartName | undefined {
  return chartNames.find((name) => charts[name].chart === chart);
}

function listOf(release: PlannedRelease): ChartList | undefined {
  const chart = chartOf(release);
  return chart && chartList(chart);
}

/**
 * Makes the lists of all charts anew.
 *
 * @param planned The releases of every stack, each with its archive.
 */
export async function makeLists(
  planned: Record<string, { releases: PlannedRelease[]; kubernetesVersion?: string }>,
  options: Pick<RenderOptions, "helm" | "folder">,
): Promise<Map<ChartName, ChartList>> {
  const lists = new Map<ChartName, ChartList>();
  for (const [stack, { releases, kubernetesVersion }] of Object.entries(planned)) {
    for (const release of releases) {
      const chart = chartOf(release);
      if (chart === undefined) throw new Error(`${release.chart} is not in the table of charts`);
      const list = lists.get(chart) ?? {
        version: release.version,
        contents: contentsDigest(release.archive!),
        stacks: {},
      };
      const manifests = await render(release, { ...options, kubernetesVersion });
      (list.stacks[stack] ??= []).push({
        release: titleOf(release),
        values: valuesDigest(release, kubernetesVersion),
        objects: objectKeys(manifests, release.namespace),
      });
      lists.set(chart, list);
    }
  }
  return lists;
}

/** Writes a list next to the table of charts. */
export function writeList(chart: ChartName, list: ChartList): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${chart}.json`), `${JSON.stringify(list, undefined, 2)}\n`);
}

/**
 * Digest of the values and of the version of Kubernetes, on both of which the manifests depend. Annotations such as
 * `checksum/config`, which restart pods, are left out: no object depends on them.
 */
function valuesDigest(release: PlannedRelease, kubernetesVersion?: string): string {
  if (holdsUnknown(release.values)) throw new Error(`${titleOf(release)}: a value is not known in a plan`);
  return digest(JSON.stringify([kubernetesVersion, sorted(release.values)]));
}

/** Digest of a chart archive's files by their paths, but for Chart.yaml. */
export function contentsDigest(archive: string): string {
  const { path: unpacked, remove } = temporaryFolder();
  try {
    execFileSync("tar", ["-xzf", archive, "-C", unpacked, "--strip-components=1"]);
    const files = readdirSync(unpacked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "Chart.yaml")
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => `${relative(unpacked, file)} ${digest(readFileSync(file))}`)
      .sort();
    return digest(files.join("\n"));
  } finally {
    remove();
  }
}

function titleOf({ namespace, name }: PlannedRelease): string {
  return `${namespace}/${name}`;
}

/** With the keys of every map in order, those of checksums left out. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !key.startsWith("checksum/"))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function digest(content: string | Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
