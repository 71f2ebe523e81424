import { until } from "../../kit/until.js";
import { formatPath } from "../../plan/providers/paths.js";
import type { Failure, OperationContext, Values } from "../../plan/providers/standIn.js";
import type { Kubectl } from "../kubectl.js";
import type { ObjectApi } from "./objectApi.js";

const defaultSeconds = 300;

/** Time limit of an operation: the resource's own, else its annotation's, else the provider's. */
export function limitOf(
  object: Values,
  { timeoutSeconds }: Pick<OperationContext, "timeoutSeconds">,
): number {
  return timeoutSeconds ?? Number(annotation(object, "timeoutSeconds") ?? defaultSeconds);
}

/** An annotation by which a program tells the provider what to do. */
export function annotation(object: Values, name: string): string | undefined {
  return (object["metadata"]?.annotations as Record<string, string> | undefined)?.[`pulumi.com/${name}`];
}

/** Kinds that the official provider waits for, each in a way of its own. */
const awaited = [
  ...["Service", "Ingress", "Job", "Pod", "PersistentVolume", "PersistentVolumeClaim"],
  "ReplicationController",
];

/** What the official provider would do with an object, and the lab does not. */
export function unheeded(object: Values): Failure[] {
  const failures: Failure[] = [];
  const kind = object["kind"] as string;
  const waits = annotation(object, "waitFor") ?? annotation(object, "skipAwait") ?? "false";
  if (awaited.includes(kind) && waits === "false") {
    failures.push({
      property: "kind",
      reason:
        `the lab does not know when a ${kind} is ready: annotate it with pulumi.com/waitFor, or with ` +
        'pulumi.com/skipAwait: "true"',
    });
  }
  const propagation = annotation(object, "deletionPropagationPolicy") ?? "foreground";
  if (["orphan", "background"].includes(propagation.toLowerCase())) {
    failures.push({
      property: formatPath(["metadata", "annotations", "pulumi.com/deletionPropagationPolicy"]),
      reason: "the lab deletes in the foreground alone, which is the default",
    });
  }
  return failures;
}

/**
 * Waits until an object is ready: for what its annotation says, else in the way of its kind.
 *
 * @throws Error that says what it still lacks.
 */
export async function waitUntilReady(
  { api, kubectl }: { api: ObjectApi; kubectl: Kubectl },
  object: Values,
  context: OperationContext,
): Promise<void> {
  const command = commandFor(object);
  if (!command || annotation(object, "skipAwait") === "true") return;
  const seconds = limitOf(object, context);
  try {
    await kubectl([...command, `--timeout=${seconds}s`], { signal: context.signal });
  } catch (error) {
    const lacks = lacksOf(await api.get(object));
    const lines = [(error as Error).message, ...lacks].map((line) => `  ${line}`);
    throw new Error(
      [`${objectTitle(object)} is not ready (waited up to ${seconds} s):`, ...lines].join("\n"),
    );
  }
}

/** `Deployment harbor/harbor-core`, for messages. */
export function objectTitle({ kind, metadata }: Values): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

const rollouts = ["Deployment", "DaemonSet", "StatefulSet"];

/** How kubectl waits for an object; undefined where nothing is waited for. */
function commandFor(object: Values): string[] | undefined {
  const { apiVersion, kind, metadata } = object as { apiVersion: string; kind: string; metadata: Values };
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  const name = `${kind.toLowerCase()}${group}/${metadata["name"]}`;
  const target = [name, "--namespace", metadata["namespace"] ?? "default"];
  const condition = annotation(object, "waitFor");
  if (condition !== undefined) return ["wait", ...target, `--for=${condition}`];
  return rollouts.includes(kind) ? ["rollout", "status", ...target] : undefined;
}

/** What the object's own conditions say is missing. */
function lacksOf(live: Values | undefined): string[] {
  return ((live?.["status"]?.conditions ?? []) as Values[])
    .filter(({ status }) => status === "False")
    .map(({ type, reason, message }) => [type, reason, message].filter(Boolean).join(": "));
}

/** @throws Error when the object is still there after that time. */
export async function untilGone(api: ObjectApi, object: Values, seconds: number): Promise<void> {
  const isGone = async () => (await api.get(object))?.["metadata"].uid !== object["metadata"].uid;
  await until(isGone, `${objectTitle(object)} is still there after ${seconds} s`, { seconds, pause: 50 });
}
