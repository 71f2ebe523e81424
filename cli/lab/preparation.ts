import { join } from "node:path";
import { defaultTimeoutSeconds } from "../../components/certificates/customResources.js";
import { charts as chartTable } from "../../components/common/charts.js";
import { releaseOptions } from "../../stacks/settings/derived/release.js";
import type { Settings } from "../../stacks/settings/index.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { standIns } from "../plan/providers/index.js";
import { Charts } from "../plan/providers/kubernetes/charts.js";
import { labBinaries } from "./binaries.js";
import { labPaths } from "./cluster/paths.js";
import { officialNames, provide } from "./official/index.js";
import { settingsForNodes } from "./node/nodeSettings.js";
import type { LabOptions } from "./options.js";
import { labSettings } from "./settings.js";

/** Whether certificates are really issued: a node has cert-manager's pods, if its chart is at hand. */
function issues({ cluster }: LabOptions, settings: Settings, charts: readonly string[]): boolean {
  const { chartVersion = chartTable["cert-manager"].version } = releaseOptions(settings, "cert-manager");
  return cluster === "node" && new Charts(charts).find("cert-manager", chartVersion) !== undefined;
}

/** What a lab has before its cluster: the settings, the programs and what serves the provider packages. */
export async function prepare(options: LabOptions) {
  const { name, stack, progress, checkpoints = false, wrap = (standIn) => standIn } = options;
  const paths = labPaths(name);
  const { project, settings: given, guarded } = await labSettings(stack);
  const charts = [options.charts, options.fetchedCharts].filter((folder) => folder !== undefined);
  const settings = {
    ...given,
    certificates: {
      ...given.certificates,
      waitSeconds: issues(options, given, charts) ? defaultTimeoutSeconds : 0,
    },
    cluster: options.cluster === "node" ? settingsForNodes(given, options.nodes).cluster : given.cluster,
  };
  const binaries = await labBinaries(progress);

  const recorded = standIns({ crds: options.crds, charts, cache: join(projectFolder, ".cache", "crds") });
  const scratch = join(paths.root, "scratch");
  const providers = await provide({
    mode: options.providers ?? "stand-in",
    packages: recorded.all.map(({ name }) => name),
    settings,
    archives: options.charts !== undefined,
    cli: binaries("pulumi"),
    helm: binaries("helm"),
    home: join(paths.state, "home"),
    scratch: join(scratch, "charts"),
    progress,
  });
  const official = officialNames(providers);
  const state = { folder: paths.state, cli: binaries("pulumi"), project, stack, checkpoints };
  const standingIn = recorded.all.filter(
    ({ name }) => name !== recorded.kubernetes.name && !official.includes(name),
  );
  return {
    ...{ paths, settings, guarded, charts, scratch, binaries, providers, official, state, standingIn, wrap },
  };
}
