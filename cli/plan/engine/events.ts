import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import { changesBetween } from "../providers/diff.js";
import { resourceName } from "../providers/host.js";
import type { Change } from "../providers/standIn.js";
import { unknown } from "../providers/values.js";

export type Operation = "create" | "update" | "replace" | "delete" | "same";

/** What the engine would do to one resource. */
export interface PlannedStep {
  urn: string;
  type: string;
  operation: Operation;
  /** URN of the parent, absent for the stack itself. */
  parent?: string;
  /** The engine's own account of the step, for those who look into properties. */
  step: StepEventMetadata;
}

/** A policy's objection. */
export interface PolicyObjection {
  policy: string;
  urn: string;
  message: string;
  mandatory: boolean;
}

/** Every resource of the plan, in the order of their URNs. */
export function resourcesIn(events: readonly EngineEvent[]): PlannedStep[] {
  const steps = new Map<string, StepEventMetadata>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    // What a refresh finds is known only afterwards.
    const isRefreshed = steps.get(resOutputsEvent?.metadata.urn ?? "")?.op === "refresh";
    const metadata = isRefreshed ? resOutputsEvent?.metadata : resourcePreEvent?.metadata;
    if (!metadata) continue;
    // A provider that the engine makes up for resources that name none is nobody's resource.
    if (/^pulumi:providers:/.test(metadata.type) && /::default(_\w+)?$/.test(metadata.urn)) continue;
    // A replacement comes in up to three steps; the one that knows both the old and the new stands for all.
    if (steps.get(metadata.urn)?.op !== "replace") steps.set(metadata.urn, metadata);
  }
  return [...steps.values()]
    .map((step) => ({
      urn: step.urn,
      type: step.type,
      operation: operationOf(step.op),
      parent: (step.new ?? step.old)?.parent || undefined,
      step,
    }))
    .sort((a, b) => compare(a.urn, b.urn));
}

function operationOf(op: string): Operation {
  switch (op) {
    case "create":
    case "import":
      return "create";
    case "update":
      return "update";
    case "delete":
    case "discard":
      return "delete";
    case "replace":
    case "create-replacement":
    case "delete-replaced":
    case "import-replacement":
      return "replace";
    default:
      return "same";
  }
}

/** What policies object to, in the order of the resources. */
export function objectionsIn(events: readonly EngineEvent[]): PolicyObjection[] {
  const found = new Map<string, PolicyObjection>();
  for (const { policyEvent } of events) {
    if (!policyEvent) continue;
    const { policyName: policy, resourceUrn: urn = "" } = policyEvent;
    const message = plainText(policyEvent.message);
    const mandatory = (policyEvent.enforcementLevel as string) !== "advisory";
    found.set(`${urn}\n${policy}\n${message}`, { policy, urn, message, mandatory });
  }
  return [...found].sort(([a], [b]) => compare(a, b)).map(([, objection]) => objection);
}

/** What went wrong, in the order it did. */
export function errorsIn(events: readonly EngineEvent[]): string[] {
  return messagesIn(events, "error");
}

/** What the program or the engine warns of. Where a plugin was found is of this machine and not of the plan. */
export function warningsIn(events: readonly EngineEvent[]): string[] {
  return messagesIn(events, "warning")
    .filter((warning) => !/^using \S+ from \$PATH at /.test(warning))
    .sort(compare);
}

/** Only these severities: what the SDK says for debugging holds every value in plain. */
function messagesIn(events: readonly EngineEvent[], severity: "error" | "warning"): string[] {
  const messages = events.flatMap(({ diagnosticEvent }) => {
    if (diagnosticEvent?.severity !== severity) return [];
    const { urn, message } = diagnosticEvent;
    return [`${urn ? `${resourceName(urn)}: ` : ""}${plainText(message)}`];
  });
  return [...new Set(messages)];
}

/**
 * Stack outputs that appear, change or go; whether a secret one changes cannot be seen. Left out is one that is not known
 * yet and that the base had left empty, because nothing answers in a plan. Where no resource changes, one that is not
 * known yet does not appear either: what it comes from stays as it is.
 */
export function outputChangesIn(events: readonly EngineEvent[]): { name: string; kind: Change["kind"] }[] {
  const nothingChanges = resourcesIn(events).every(({ operation }) => operation === "same");
  // The first such event tells of the stack's registration, the last one of its outputs.
  const stack = events.findLast(
    ({ resOutputsEvent }) => resOutputsEvent?.metadata.type === "pulumi:pulumi:Stack",
  );
  const { old, new: next } = stack?.resOutputsEvent?.metadata ?? {};
  const before: Record<string, unknown> = old?.outputs ?? {};
  const outputs: Record<string, unknown> = next?.outputs ?? {};
  const changes = changesBetween(before, outputs, []).filter(({ path, kind }) => {
    const name = String(path[0]);
    if (outputs[name] !== unknown) return true;
    return before[name] !== "" && !(nothingChanges && kind === "add");
  });
  const names = new Map(
    changes.map(({ path, kind }) => [String(path[0]), path.length > 1 ? "update" : kind]),
  );
  return [...names].map(([name, kind]) => ({ name, kind }));
}

/** Without the engine's colour marks, and without the space around. */
function plainText(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").trim();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
