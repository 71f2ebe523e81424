import { setTimeout as sleep } from "node:timers/promises";
import type { OperationContext, Values } from "../../plan/providers/standIn.js";
import type { Api } from "./api.js";
import { run } from "./process.js";

/** kubectl, with the credentials of the lab. */
export type Kubectl = (args: string[], options?: { signal?: AbortSignal; input?: string }) => Promise<string>;

export function kubectlWith(binary: string, kubeconfig: string): Kubectl {
  // The cache of what the server serves is of no use: definitions come and go.
  const command = [binary, "--kubeconfig", kubeconfig, "--cache-dir=/dev/null"];
  return (args, options) => run([...command, ...args], options);
}

const defaultSeconds = 300;

/** Time limit of an operation: the resource's own, else its annotation's, else the provider's. */
export function limitOf(
  object: Values,
  { timeoutSeconds }: Pick<OperationContext, "timeoutSeconds">,
): number {
  const annotated = Number(annotation(object, "timeoutSeconds"));
  return timeoutSeconds ?? (Number.isFinite(annotated) && annotated > 0 ? annotated : defaultSeconds);
}

/** An annotation by which a program tells the provider what to do. */
export function annotation(object: Values, name: string): string | undefined {
  return (object["metadata"]?.annotations as Record<string, string> | undefined)?.[`pulumi.com/${name}`];
}

/**
 * Waits until an object is ready: for what its annotation says, else in the way of its kind.
 *
 * @throws Error that says what it still lacks.
 */
export async function waitUntilReady(
  { api, kubectl }: { api: Api; kubectl: Kubectl },
  object: Values,
  context: OperationContext,
): Promise<void> {
  if (annotation(object, "skipAwait") === "true") return;
  const seconds = limitOf(object, context);
  const deadline = performance.now() + seconds * 1000;
  const { signal } = context;
  try {
    for (const command of commandsFor(object)) {
      const left = Math.max(1, Math.ceil((deadline - performance.now()) / 1000));
      await kubectl([...command, `--timeout=${left}s`], { signal });
    }
    while (!(await hasEnded(api, object))) {
      if (performance.now() > deadline) throw new Error("timed out");
      if (signal?.aborted) throw new Error("the run was broken off");
      await sleep(300);
    }
  } catch (error) {
    const lacks = lacksOf(await api.get(object));
    const lines = [(error as Error).message, ...lacks].map((line) => `  ${line}`);
    throw new Error([`${nameOf(object)} is not ready (waited up to ${seconds} s):`, ...lines].join("\n"));
  }
}

/** `Deployment harbor/harbor-core`, for messages. */
export function nameOf({ kind, metadata }: Values): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

const rollouts = ["Deployment", "DaemonSet", "StatefulSet"];

function commandsFor(object: Values): string[][] {
  const { apiVersion, kind, metadata } = object as { apiVersion: string; kind: string; metadata: Values };
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  const target = [
    `${kind.toLowerCase()}${group}/${metadata["name"]}`,
    "--namespace",
    metadata["namespace"] ?? "default",
  ];
  const conditions = conditionsOf(annotation(object, "waitFor"));
  if (conditions.length > 0) return conditions.map((condition) => ["wait", ...target, `--for=${condition}`]);
  // One that is rolled out when somebody deletes its pods has nothing to wait for.
  const isRolledOut = rollouts.includes(kind) && object["spec"]?.updateStrategy?.type !== "OnDelete";
  if (apiVersion === "apps/v1" && isRolledOut) return [["rollout", "status", ...target]];
  if (kind === "CustomResourceDefinition") return [["wait", ...target, "--for=condition=Established"]];
  return [];
}

/** One condition, or a JSON list of conditions, in the notation of `kubectl wait`. */
export function conditionsOf(waitFor: string | undefined): string[] {
  if (waitFor === undefined) return [];
  return waitFor.trimStart().startsWith("[") ? (JSON.parse(waitFor) as string[]) : [waitFor];
}

/** Jobs and pods may end well, which `kubectl wait` can wait for, or badly, which it then would wait past. */
async function hasEnded(api: Api, object: Values): Promise<boolean> {
  const { apiVersion, kind } = object;
  if (annotation(object, "waitFor") !== undefined) return true;
  const isJob = apiVersion === "batch/v1" && kind === "Job";
  if (!isJob && !(apiVersion === "v1" && kind === "Pod")) return true;
  const status = ((await api.get(object))?.["status"] ?? {}) as Values;
  const holds = (type: string) =>
    ((status["conditions"] ?? []) as Values[]).some(
      (condition) => condition["type"] === type && condition["status"] === "True",
    );
  if (isJob ? holds("Failed") : status["phase"] === "Failed") throw new Error("it has failed");
  return isJob ? holds("Complete") : holds("Ready") || status["phase"] === "Succeeded";
}

/** What the object's own conditions say is missing. */
function lacksOf(live: Values | undefined): string[] {
  return ((live?.["status"]?.conditions ?? []) as Values[])
    .filter(({ type, status }) => (type === "Failed" ? status === "True" : status === "False"))
    .map(({ type, reason, message }) => [type, reason, message].filter(Boolean).join(": "));
}

/** @throws Error that says what keeps the object. */
export async function untilGone(api: Api, object: Values, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (let pause = 50; ; pause = Math.min(pause * 1.5, 1000)) {
    const live = await api.get(object);
    if (live?.["metadata"].uid !== object["metadata"].uid) return;
    if (performance.now() > deadline) {
      const finalizers = ((live!["metadata"].finalizers ?? []) as string[]).join(", ") || "none";
      const conditions = ((live!["status"]?.conditions ?? []) as Values[]).map(
        ({ message }) => message as string,
      );
      throw new Error(
        [
          `${nameOf(object)} is still there after ${seconds} s; its finalizers: ${finalizers}`,
          ...conditions,
        ].join("\n  "),
      );
    }
    await sleep(pause);
  }
}
