import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import type { Values } from "../../plan/providers/standIn.js";
import { decodedRelease } from "../../state/helmRelease.js";
import type { ObjectApi } from "./objectApi.js";

/** A release whose chart could not be had: it is recorded, not installed. */
export interface RecordedRelease {
  namespace: string;
  name: string;
  /** Name of the chart, without its repository. */
  chart: string;
  version: string;
}

/** What `helm list` shows as the application's version of such a release. */
const appVersion = "recorded, not installed";

/**
 * Makes a chart in place of one that cannot be had. It holds the chart's CustomResourceDefinitions and nothing else.
 *
 * @param folder Folder for the chart.
 * @param crds Folder with `<chart>-<version>.yaml`. Default: no definition is at hand.
 * @returns the chart's folder.
 */
export function chartInPlace(folder: string, { chart, version }: Values, crds?: string): string {
  const name = basename(chart as string);
  const title = `${name}-${version}`;
  const made = join(folder, title);
  // Helm may be reading it, for another release of the same chart.
  if (existsSync(made)) return made;
  mkdirSync(join(made, "crds"), { recursive: true, mode: 0o700 });
  writeFileSync(join(made, "Chart.yaml"), stringify({ apiVersion: "v2", name, version, appVersion }));
  const definitions = join(crds ?? "", `${title}.yaml`);
  if (crds !== undefined && existsSync(definitions))
    copyFileSync(definitions, join(made, "crds", "definitions.yaml"));
  return made;
}

/** Every release in the cluster that is recorded. */
export async function recordedReleases(api: ObjectApi): Promise<RecordedRelease[]> {
  const query = { labelSelector: "owner=helm,status=deployed" };
  const notes = await api.list("v1", { name: "secrets" }, query);
  const secrets = await Promise.all(
    notes.map(({ metadata }) => api.get({ apiVersion: "v1", kind: "Secret", metadata })),
  );
  return secrets
    .flatMap((secret) => (secret ? [decodedRelease(secret["data"] as Record<string, string>)] : []))
    .filter((release) => release.appVersion === appVersion)
    .map(({ namespace, name, chart, chartVersion }) => ({ namespace, name, chart, version: chartVersion }));
}
