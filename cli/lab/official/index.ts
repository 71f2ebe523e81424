import { join } from "node:path";
import type { Settings } from "../../../stacks/settings/index.js";
import type { Progress } from "../../kit/progress.js";
import { projectFolder } from "../../kit/toolchain/tool.js";
import { chooseProviders, type Provider, type ProviderMode } from "./choose.js";
import { forgetCloudSettings } from "./clouds.js";
import { chartsOf, meansOf } from "./means.js";
import { packageOf } from "./packages.js";
import { linkPlugin } from "./plugins.js";

export { describeProviders, providerModes, type Provider, type ProviderMode } from "./choose.js";
export { startClouds, type Clouds } from "./clouds.js";

export interface ProvidersRequest {
  mode: ProviderMode;
  /** Names of all packages. */
  packages: readonly string[];
  settings: Settings;
  /** True where the charts are to be taken from a folder of archives. */
  archives: boolean;
  /** Path of the Pulumi CLI. */
  cli: string;
  /** Path of helm. */
  helm: string;
  /** The engine's PULUMI_HOME. */
  home: string;
  /** Folder for what helm keeps. */
  scratch: string;
  progress: Progress;
}

/**
 * Decides what serves each package, and lays the official plugins where the engine finds them. From here on this process
 * does not know the user's own credentials of clouds.
 *
 * @throws UserError in mode official, naming what is missing and how to install it.
 */
export async function provide(request: ProvidersRequest): Promise<Provider[]> {
  const { mode, archives, settings, cli, helm, scratch, progress } = request;
  forgetCloudSettings();
  const home = join(projectFolder, ".cache", "pulumi");
  const providers = await chooseProviders({
    mode,
    packages: request.packages.map(packageOf),
    archives,
    means: meansOf({ cli, helm, charts: chartsOf(settings), home, scratch, progress }),
  });
  for (const provider of providers) if (provider.official) linkPlugin(provider.plugin, request.home);
  return providers;
}

/** Names of the packages that official plugins serve. */
export function officialNames(providers: readonly Provider[]): string[] {
  return providers.filter(({ official }) => official).map(({ name }) => name);
}

/** Environment that keeps the Helm inside the official kubernetes plugin off the user's own repositories. */
export function helmFolders(folder: string): Record<string, string> {
  const names = ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"];
  return Object.fromEntries(names.map((name) => [name, join(folder, "official-helm")]));
}
