import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { CommandFailed, run } from "../kit/run.js";
import type { PlannedRelease } from "./providers/kubernetes/release.js";
import type { Violation } from "./violations.js";

export interface RenderOptions {
  /** Path of helm. */
  helm: string;
  /** Version of Kubernetes the charts are rendered for. */
  kubernetesVersion: string | undefined;
  /** Folder for Helm's own files. */
  folder: string;
}

/** Manifests by the URN of their release. What cannot be rendered has none, and is a violation. */
export interface Rendered {
  manifests: Map<string, unknown[]>;
  violations: Violation[];
}

/** Renders the charts that are at hand. */
export async function renderAll(
  releases: readonly PlannedRelease[],
  options: RenderOptions,
): Promise<Rendered> {
  const rendered: Rendered = { manifests: new Map(), violations: [] };
  const each = releases.map(async (release) => {
    const { urn } = release;
    try {
      rendered.manifests.set(urn, await render(release, options));
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      const message = error.message.replace(/\s*\n\s*/g, " ");
      rendered.violations.push({ policy: "chart-renders", urn, message });
    }
  });
  await Promise.all(each);
  return rendered;
}

/** Judges rendered manifests by the rules that judge the objects of the plan. */
export async function manifestViolations(manifests: Rendered["manifests"]): Promise<Violation[]> {
  const { checkObjects } = await import("../../policy/objects.js");
  return [...manifests].flatMap(([urn, objects]) =>
    checkObjects(objects).map(({ policy, object, message }) => ({
      policy,
      urn,
      message: `${object}: ${message}`,
    })),
  );
}

/** The manifests of a release, as Helm renders them without a cluster. */
export async function render(release: PlannedRelease, options: RenderOptions): Promise<unknown[]> {
  const { helm, kubernetesVersion, folder } = options;
  const home = join(folder, "helm");
  mkdirSync(home, { recursive: true });
  const version = kubernetesVersion === undefined ? [] : ["--kube-version", kubernetesVersion];
  const { stdout } = await run(
    [
      helm,
      "template",
      release.name,
      release.archive!,
      "--namespace",
      release.namespace,
      "--include-crds",
      "--values",
      "-",
      ...version,
    ],
    {
      input: JSON.stringify(release.values),
      env: { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home },
    },
  );
  return parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
}
