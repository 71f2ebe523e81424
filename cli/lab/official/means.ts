import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../kit/run.js";
import { chartNames, charts, type ChartSource } from "../../../components/common/charts.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { helmWith } from "../apply/helm.js";
import type { Progress } from "../../kit/progress.js";
import type { Means } from "./choose.js";
import { findPlugin, userPlugins } from "./plugins.js";

export interface MeansOptions {
  /** Path of the Pulumi CLI. */
  cli: string;
  /** Path of helm. */
  helm: string;
  /** Charts that have to be had. */
  charts: readonly ChartSource[];
  /** Folder that downloaded plugins are kept in, as a PULUMI_HOME. */
  home: string;
  /** Folder for what helm keeps. */
  scratch: string;
  progress: Progress;
  /** Where the CLI downloads plugins from, GitHub apart. Default: get.pulumi.com. */
  source?: string;
  /** Default: 3 for the probe, 300 for one plugin, 60 for one chart. */
  seconds?: { probe: number; plugin: number; chart: number };
}

/** The means of this machine: the user's plugins, those downloaded before, the network. */
export function meansOf(options: MeansOptions): Means {
  const { cli, home, progress, seconds = { probe: 3, plugin: 300, chart: 60 } } = options;
  const folders = [userPlugins(), join(home, "plugins")];
  return {
    find: (wanted) => findPlugin(wanted, folders),
    offline: ({ name, version }) => {
      const arch = process.arch === "x64" ? "amd64" : process.arch;
      const file = `pulumi-resource-${name}-v${version}-${process.platform}-${arch}.tar.gz`;
      return probe(`${options.source ?? "https://get.pulumi.com"}/releases/plugins/${file}`, seconds.probe);
    },
    async download(wanted) {
      const { name, version } = wanted;
      progress.step(`downloading the official plugin ${name} ${version}; once`);
      mkdirSync(home, { recursive: true });
      const args = ["plugin", "install", "resource", name, `v${version}`, "--non-interactive"];
      const env = { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
      const signal = AbortSignal.timeout(seconds.plugin * 1000);
      await run([cli, ...args], { env, cwd: home, signal }).catch((error: Error) => {
        throw new Error(
          signal.aborted ? `not downloaded within ${seconds.plugin} s` : reasonIn(error.message),
        );
      });
      const plugin = findPlugin(wanted, folders);
      if (plugin === undefined) throw new Error(`pulumi plugin install brought no pulumi-resource-${name}`);
      return plugin;
    },
    async chartProblems() {
      const helm = helmWith(options.helm, "/dev/null", options.scratch);
      progress.step("looking for the charts in their repositories");
      const problems = options.charts.map(({ chart, repo, version }) => {
        const args = ["show", "chart", chart, "--version", version, ...(repo ? ["--repo", repo] : [])];
        return helm(args, { signal: AbortSignal.timeout(seconds.chart * 1000) }).then(
          () => [],
          ({ name, message }: Error) => [
            `${chart} ${version}${repo ? ` of ${repo}` : ""}: ${name === "AbortError" ? `no answer within ${seconds.chart} s` : lastLine(message)}`,
          ],
        );
      });
      return (await Promise.all(problems)).flat();
    },
  };
}

/** Tools say last what it comes down to; the Pulumi CLI says before that why it has tried again. */
function reasonIn(text: string): string {
  const tries = [...text.matchAll(/Error downloading plugin: (.*)/g)];
  return tries.at(-1)?.[1] ?? lastLine(text);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!;
}

/**
 * Why a file cannot be downloaded; undefined if it can. A proxy is not asked: where there is no other way out, `auto`
 * means stand-ins, and `official`, which leaves it to the CLI, gets through.
 */
async function probe(url: string, seconds: number): Promise<string | undefined> {
  const { host } = new URL(url);
  try {
    const { ok, status } = await fetch(url, {
      method: "HEAD",
      signal: AbortSignal.timeout(seconds * 1000),
    });
    return ok ? undefined : `${host} answers ${status}`;
  } catch {
    return `${host} does not answer`;
  }
}

/** The charts a stack installs, with the versions it sets. */
export function chartsOf({ charts: versions, registry }: Settings): ChartSource[] {
  return chartNames
    .filter((name) => name !== "harbor" || registry.enabled)
    .map((name) => ({ ...charts[name], version: versions[name] ?? charts[name].version }));
}
