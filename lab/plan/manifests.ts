import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { PlannedRelease } from "../providers/kubernetes/release.js";
import type { Violation } from "./violations.js";

const run = promisify(execFile);

export interface RenderOptions {
  /** Path of helm. */
  helm: string;
  /** Version of Kubernetes the charts are rendered for. */
  kubernetesVersion: string | undefined;
  /** A folder that only its owner can read: values are written there. */
  folder: string;
}

/** Renders the charts that are at hand and judges their manifests by the rules that judge the objects of the plan. */
export async function chartViolations(
  releases: PlannedRelease[],
  options: RenderOptions,
): Promise<Violation[]> {
  const { checkObjects } = await import("../../policy/objects.js");
  const violations: Violation[] = [];
  for (const release of releases) {
    const { urn } = release;
    try {
      const objects = await render(release, options);
      for (const { policy, object, message } of checkObjects(objects)) {
        violations.push({ policy, urn, message: `${object}: ${message}` });
      }
    } catch (error) {
      const { stderr } = error as { stderr?: string };
      if (stderr === undefined) throw error;
      violations.push({ policy: "chart-renders", urn, message: stderr.trim().replace(/\s*\n\s*/g, " ") });
    }
  }
  return violations;
}

/** The manifests of a release, as Helm renders them without a cluster. */
export async function render(release: PlannedRelease, options: RenderOptions): Promise<unknown[]> {
  const { helm, kubernetesVersion, folder } = options;
  const home = join(folder, "helm");
  mkdirSync(home, { recursive: true });
  const values = join(home, "values.json");
  writeFileSync(values, JSON.stringify(release.values), { mode: 0o600 });
  const version = kubernetesVersion === undefined ? [] : ["--kube-version", kubernetesVersion];
  const { stdout } = await run(
    helm,
    [
      "template",
      release.name,
      release.archive!,
      "--namespace",
      release.namespace,
      "--values",
      values,
      ...version,
    ],
    {
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home },
    },
  );
  return parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
}
