import { resourceName } from "../../plan/providers/host.js";
import { isPatch } from "../../plan/providers/kubernetes/object.js";
import type { DoctorsCluster } from "./cluster.js";
import { staleLease } from "./lease.js";
import type { Lock } from "./locks.js";
import { interruptedRelease, unfit } from "./releases.js";
import { idOf, objectOf, releaseOf, releasesIn, releaseType } from "./resource.js";
import type { PendingOperation, StackExport, StateResource } from "../stackExport.js";

/** What a run that was killed, or the time, has left, and the command that mends it. */
export interface Ailment {
  kind: "lock" | "credentials" | "cluster" | "release" | "pending" | "half-made" | "gone" | "lease";
  what: string;
  mend: string;
}

/** What `--fix` does about a finding; absent where somebody has to decide. */
export type Fix =
  | { do: "unlock"; lock: Lock }
  | { do: "helm"; args: string[]; /** The release is gone then. */ urn?: string }
  /** The interrupted operation is forgotten, and what it had to do with is looked at again. */
  | { do: "clear"; urn: string }
  /** What it made is put into the state, with the name in which its fields are set there, if that is its own. */
  | ({ do: "record"; urn: string } & Made)
  | { do: "refresh"; urn: string }
  /** The Lease of that version is deleted. */
  | { do: "release"; version: string };

/** What a creation has made. */
export interface Made {
  id: string;
  manager?: string;
}

export interface Examined extends Ailment {
  fix?: Fix;
}

export interface Patient {
  /** Name of the stack. */
  stack: string;
  locks: readonly Lock[];
  state: StackExport;
  /** Absent where there is no kubeconfig, or the cluster cannot be asked. */
  cluster?: DoctorsCluster;
}

/** Of these nothing exists outside the state. */
const stateOnly = /^(random|tls|command|pulumi):/;

export async function examine({ stack, locks, state, cluster }: Patient): Promise<Examined[]> {
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const found = locks.map((lock) => lockFinding(lock, stack));
  const managers = new Set(resources.map(({ outputs }) => outputs?.["__fieldManager"]));
  for (const operation of pending) {
    found.push(await interrupted(operation, stack, cluster, (manager) => managers.has(manager)));
  }
  if (!cluster) return found;
  for (const resource of releasesIn(state)) {
    const finding = await unfit(resource, stack, cluster);
    if (finding) found.push(finding);
  }
  const lease = await cluster.lease();
  const stale = lease && staleLease(lease);
  return stale ? [...found, stale] : found;
}

function lockFinding(lock: Lock, stack: string): Examined {
  const { owner, runs, file } = lock;
  const mend = `rm '${file}'`;
  const what = `the state of ${stack} is locked by ${owner}`;
  if (runs === false)
    return { kind: "lock", what: `${what}, which does not run any more`, mend, fix: { do: "unlock", lock } };
  return {
    kind: "lock",
    what: runs ? `${what}, which runs` : what,
    mend: `${mend}   # once nothing works on the stack any more`,
  };
}

async function interrupted(
  { resource, type: operation }: PendingOperation,
  stack: string,
  cluster: DoctorsCluster | undefined,
  isKnown: (manager: string) => boolean,
): Promise<Examined> {
  const { urn, type } = resource;
  const pending = {
    kind: "pending" as const,
    what: `${operation} ${resourceName(urn)} (${type}) was interrupted`,
    mend: `pulumi refresh --stack ${stack} --clear-pending-creates`,
  };
  const clear: Examined = { ...pending, fix: { do: "clear", urn } };
  // To forget one is to forget them all, and with them what may exist in the cluster.
  if (!cluster) return { ...pending, mend: "give --kubeconfig of a cluster that answers" };
  if (operation !== "creating" || stateOnly.test(type) || resource.custom === false) return clear;
  if (!type.startsWith("kubernetes:")) {
    return { ...pending, mend: `pulumi import --stack ${stack} ${type} …   # if you see that it exists` };
  }
  const half = (made: Made): Examined => ({
    kind: "half-made",
    what: `${resourceName(urn)} (${type}) is made, as ${made.id}, and is not in the state`,
    mend: `npm run doctor -- --stack ${stack} --fix`,
    fix: { do: "record", urn, ...made },
  });
  const id = idOf(resource);
  if (type === releaseType) {
    return interruptedRelease(resource, await cluster.revisions(releaseOf(resource)), clear, half({ id }));
  }
  const object = objectOf(resource);
  const found = await cluster.find(object);
  if (!found) return clear;
  const { managers } = found;
  const [manager, ...others] = managers.filter((name) => name.startsWith(`${creator}-`) && !isKnown(name));
  if (manager === undefined && isPatch({ type })) return clear;
  const isMade = managers.includes(creator) || (managers.length === 0 && setsNothing(resource));
  if (manager === undefined && isMade) return half({ id });
  const isCertain = others.length === 0 && (isPatch({ type }) || !managers.includes(creator));
  if (manager !== undefined && isCertain) return half({ id, manager });
  const { kind, metadata } = object;
  const inNamespace = metadata.namespace === undefined ? "" : ` --namespace ${metadata.namespace}`;
  return {
    ...pending,
    what: `${pending.what}, and ${id} exists, made by ${managers.join(", ") || "an unknown field manager"}`,
    mend:
      `pulumi import --stack ${stack} ${type} '${resourceName(urn)}' ${id}   # takes it over; if nobody needs it instead: ` +
      `kubectl delete ${kind.toLowerCase()} ${metadata.name}${inNamespace}`,
  };
}

/** Whether an object is to have a name alone, such as a ServiceAccount: the API server notes no field manager then. */
function setsNothing({ inputs = {} }: StateResource): boolean {
  const keys = [...Object.keys(inputs), ...Object.keys(inputs["metadata"] as object)];
  return keys.every((key) => ["apiVersion", "kind", "metadata", "name", "namespace"].includes(key));
}

/** Field manager of what the provider makes; those of updates and patches begin like it. */
const creator = "pulumi-kubernetes";
