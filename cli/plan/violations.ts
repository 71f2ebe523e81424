import type { EngineResult } from "./engine/engine.js";
import { objectionsIn, resourcesIn } from "./engine/events.js";
import { resourceName, type Host } from "./providers/host.js";
import type { PlannedRelease } from "./providers/kubernetes/release.js";
import type { Values } from "./providers/standIn.js";
import type { LoadedSettings } from "../kit/settings.js";
import { tool } from "../kit/toolchain/tool.js";
import { listedObjects } from "./chartLists.js";
import { collisions, type Maker } from "./collisions.js";
import type { Rendered } from "./manifests.js";
import { objectKey, objectKeys } from "./objects.js";
import type { PlanRequest } from "./plan.js";

/** Something a plan must not hold. */
export interface Violation {
  policy: string;
  urn: string;
  message: string;
}

interface CheckedPlan {
  request: PlanRequest;
  result: EngineResult;
  host: Host;
  releases: PlannedRelease[];
  settings: LoadedSettings;
  /** A folder that only its owner can read. */
  folder: string;
}

/**
 * What schemas and policies have against the plan and against the manifests of the charts that are at hand, and which
 * objects two makers make; each once, in order.
 */
export async function violationsIn(checked: CheckedPlan): Promise<Violation[]> {
  const { manifests, violations } = await renderCharts(checked);
  const found: Violation[] = [
    ...checked.host.problems.map(({ urn, property, reason }) => ({
      policy: "schema",
      urn,
      message: property ? `${property}: ${reason}` : reason,
    })),
    ...objectionsIn(checked.result.events)
      .filter(({ mandatory }) => mandatory)
      .map(({ policy, urn, message }) => ({ policy, urn, message })),
    ...violations,
    ...collisions([...resourceMakers(checked), ...chartMakers(checked, manifests)]),
  ];
  const key = ({ policy, urn, message }: Violation) => `${policy}\n${urn}\n${message}`;
  return [...new Map(found.map((violation) => [key(violation), violation]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, violation]) => violation);
}

async function renderCharts(checked: CheckedPlan): Promise<Rendered> {
  const { request, releases, folder } = checked;
  const inspected = releases.filter(({ archive }) => archive !== undefined);
  if (inspected.length === 0) return { manifests: new Map(), violations: [] };
  const { manifestViolations, renderAll } = await import("./manifests.js");
  const helm = await tool("helm", { progress: request.progress });
  request.progress.step("rendering the charts");
  const { manifests, violations } = await renderAll(inspected, {
    helm,
    folder,
    kubernetesVersion: kubernetesVersionOf(checked),
  });
  return { manifests, violations: [...violations, ...(await manifestViolations(manifests))] };
}

/** The program's own objects; a Patch adds to an object that somebody else makes. */
function resourceMakers({ result }: CheckedPlan): Maker[] {
  return resourcesIn(result.events)
    .filter(
      ({ type, operation }) =>
        type.startsWith("kubernetes:") && !type.endsWith("Patch") && operation !== "delete",
    )
    .flatMap(({ urn, step }) => {
      const object = objectKey((step.new?.inputs ?? {}) as Values);
      return object === undefined ? [] : [{ urn, name: resourceName(urn), objects: [object] }];
    });
}

/** The objects of the releases: from rendered manifests, else from the lists next to the table of charts. */
function chartMakers(checked: CheckedPlan, manifests: Rendered["manifests"]): Maker[] {
  return checked.releases.map((release) => {
    const rendered = manifests.get(release.urn);
    const objects = rendered
      ? objectKeys(rendered, release.namespace)
      : (listedObjects(release, kubernetesVersionOf(checked)) ?? []);
    return { urn: release.urn, name: `the release ${release.namespace}/${release.name}`, objects };
  });
}

/**
 * Returns the releases whose objects are unknown: no archive is at hand, and no list of objects fits their values.
 */
export function uncomparedReleases(
  releases: readonly PlannedRelease[],
  settings: LoadedSettings,
): PlannedRelease[] {
  return releases.filter(
    (release) =>
      release.archive === undefined &&
      listedObjects(release, kubernetesVersionOf({ settings })) === undefined,
  );
}

function kubernetesVersionOf({ settings }: Pick<CheckedPlan, "settings">): string | undefined {
  return (settings.settings as { cluster?: { kubernetesVersion?: string } }).cluster?.kubernetesVersion;
}
