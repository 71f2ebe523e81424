import type { EngineResult } from "../engine/engine.js";
import { objectionsIn } from "../engine/events.js";
import type { LoadedSettings } from "../engine/tree.js";
import type { Host } from "../providers/host.js";
import type { PlannedRelease } from "../providers/kubernetes/release.js";
import { tool } from "../toolchain/tool.js";
import type { PlanRequest } from "./plan.js";

/** Something a plan must not hold. */
export interface Violation {
  policy: string;
  urn: string;
  message: string;
}

interface Findings {
  request: PlanRequest;
  result: EngineResult;
  host: Host;
  releases: PlannedRelease[];
  settings: LoadedSettings;
  /** A folder that only its owner can read. */
  folder: string;
}

/** What schemas, policies and, where charts are at hand, their manifests have against the plan; each once, in order. */
export async function violationsIn(findings: Findings): Promise<Violation[]> {
  const found: Violation[] = [
    ...findings.host.problems.map(({ urn, property, reason }) => ({
      policy: "schema",
      urn,
      message: property ? `${property}: ${reason}` : reason,
    })),
    ...objectionsIn(findings.result.events)
      .filter(({ mandatory }) => mandatory)
      .map(({ policy, urn, message }) => ({ policy, urn, message })),
    ...(await inManifests(findings)),
  ];
  const key = ({ policy, urn, message }: Violation) => `${policy}\n${urn}\n${message}`;
  return [...new Map(found.map((violation) => [key(violation), violation]))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, violation]) => violation);
}

async function inManifests({ request, releases, settings, folder }: Findings): Promise<Violation[]> {
  const inspected = releases.filter(({ archive }) => archive !== undefined);
  if (inspected.length === 0) return [];
  const { chartViolations } = await import("./manifests.js");
  const helm = await tool("helm", { progress: request.progress });
  request.progress.step("rendering the charts");
  const { cluster } = settings.settings as { cluster?: { kubernetesVersion?: string } };
  return chartViolations(inspected, { helm, folder, kubernetesVersion: cluster?.kubernetesVersion });
}
