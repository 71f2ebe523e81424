import { basename, join } from "node:path";
import { Charts } from "../../plan/providers/kubernetes/charts.js";
import type { PlannedRelease } from "../../plan/providers/kubernetes/release.js";
import type { Values } from "../../plan/providers/standIn.js";
import { plain, withDefaults } from "../../plan/providers/values.js";
import { helmWith } from "./helm.js";
import { chartInPlace } from "./recorded.js";

export interface ChartOptions {
  /** Path of helm. */
  helm: string;
  kubeconfig: string;
  /** Folder for values and for what helm keeps; emptied at the start. */
  scratch: string;
  /** Folders with chart archives, `<chart>-<version>.tgz`. Default: none. */
  charts?: readonly string[];
  /** Folder with definitions, `<chart>-<version>.yaml`, for charts that are not at hand. Default: none. */
  crds?: string;
  /**
   * Gives the nodes the images of a release. False: one of them is not at hand, and the release is recorded. Default: pods
   * only seem to run, and need none.
   */
  bringImages?: (names: readonly string[]) => Promise<boolean>;
  /** Values that a chart has instead of the program's, because of what the nodes are. Default: none. */
  overrides?: (chart: string) => Values | undefined;
}

/** Gives each release its chart: a folder, an archive at hand, or a chart in its place that installs nothing. */
export class ReleaseCharts {
  private readonly installed = new Map<string, PlannedRelease>();
  /** Whether the nodes have the images of these names. */
  private readonly brought = new Map<string, boolean>();
  private readonly charts: Charts;
  private readonly helm: ReturnType<typeof helmWith>;
  private readonly folder: string;

  constructor(private readonly options: ChartOptions) {
    const scratch = join(options.scratch, "helm");
    this.charts = new Charts(options.charts ?? []);
    this.helm = helmWith(options.helm, options.kubeconfig, scratch);
    this.folder = join(scratch, "charts");
  }

  /** The releases whose chart was an archive at hand. */
  found(): PlannedRelease[] {
    return [...this.installed.values()];
  }

  /** What the plugin is to check in place of a release's inputs: its chart lies in a folder of this machine. */
  async inputsFor(urn: string, inputs: Values): Promise<Values> {
    const { repositoryOpts, ...rest } = inputs as Values & { repositoryOpts?: { repo?: string } };
    const { chart, version, name, namespace = "default" } = inputs as Omit<PlannedRelease, "urn" | "values">;
    // A folder, or what an import has read: a name alone, of which nobody knows where the chart is.
    if (repositoryOpts?.repo === undefined && !chart.startsWith("oci://")) return inputs;
    const inPlace = () => ({ ...rest, chart: chartInPlace(this.folder, inputs, this.options.crds) });
    const files = this.charts.find(chart, version);
    if (!files) return inPlace();
    const overriding = this.options.overrides?.(basename(chart));
    const given = inputs["values"] as Values;
    // As helm merges values: maps by key, anything else as a whole.
    const values = overriding ? withDefaults(overriding, given) : given;
    const { archive, otherVersion: archiveVersion } = files;
    if (this.options.bringImages) {
      const template = ["template", name, archive, "--namespace", namespace];
      const images = imagesIn(await this.helm(template, {}, [plain(values ?? {}) as Values]));
      if (!(await this.bring(images))) return inPlace();
    }
    this.installed.set(urn, { urn, chart, version, name, namespace, values, archive, archiveVersion });
    return { ...rest, chart: archive, values };
  }

  /** Brings images once: a release is checked by every `up`. */
  private async bring(images: readonly string[]): Promise<boolean> {
    const key = images.join(" ");
    const are = this.brought.get(key) ?? (await this.options.bringImages!(images));
    this.brought.set(key, are);
    return are;
  }
}

/** The images of a rendered chart's containers, each once. */
function imagesIn(manifests: string): string[] {
  return [...new Set([...manifests.matchAll(/^[ -]+image: *["']?([^"'\s]+)/gm)].map(([, name]) => name!))];
}
