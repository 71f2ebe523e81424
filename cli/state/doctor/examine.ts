import type { DoctorsCluster, ObjectName, ReleaseName, Revision } from "./cluster.js";
import type { Lock, PendingOperation, State, StateResource } from "./stack.js";

/** What a run that was killed, or the time, has left, and the command that mends it. */
export interface Finding {
  kind: "lock" | "credentials" | "cluster" | "release" | "pending" | "half-made" | "gone";
  what: string;
  mend: string;
}

/** What `--fix` does about a finding; absent where somebody has to decide. */
export type Fix =
  | { do: "cancel" }
  | { do: "helm"; args: string[]; /** The release is gone then. */ urn?: string }
  /** The interrupted operation is forgotten, and what it had to do with is looked at again. */
  | { do: "clear"; urn: string }
  /** What it made is put into the state, with the name in which its fields are set there, if that is its own. */
  | ({ do: "record"; urn: string } & Made)
  | { do: "refresh"; urn: string };

/** What a creation has made. */
export interface Made {
  id: string;
  manager?: string;
}

export interface Examined extends Finding {
  fix?: Fix;
}

export interface Patient {
  /** Name of the stack. */
  stack: string;
  locks: readonly Lock[];
  state: State;
  /** Absent where there is no kubeconfig, or the cluster cannot be asked. */
  cluster?: DoctorsCluster;
}

const releaseType = "kubernetes:helm.sh/v3:Release";
/** Of these nothing exists outside the state. */
const stateOnly = /^(random|tls|command|pulumi):/;

export async function examine({ stack, locks, state, cluster }: Patient): Promise<Examined[]> {
  const { resources = [], pending_operations: pending = [] } = state.deployment ?? {};
  const found: Examined[] = locks.map((lock) => lockFinding(lock, stack));
  const managers = new Set(resources.map(({ outputs }) => outputs?.["__fieldManager"]));
  for (const operation of pending) {
    found.push(await interrupted(operation, stack, cluster, (manager) => managers.has(manager)));
  }
  if (!cluster) return found;
  for (const resource of resources.filter(({ type }) => type === releaseType)) {
    // Without a revision Helm never knew it.
    const { status } = (resource.outputs ?? {}) as { status?: { revision?: number } };
    if (status?.revision === undefined) continue;
    const finding = await unfit(resource, stack, cluster);
    if (finding) found.push(finding);
  }
  return found;
}

function lockFinding({ owner, runs }: Lock, stack: string): Examined {
  const mend = `pulumi cancel --stack ${stack}`;
  const what = `the state of ${stack} is locked by ${owner}`;
  if (runs === false)
    return { kind: "lock", what: `${what}, which does not run any more`, mend, fix: { do: "cancel" } };
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
    what: `${operation} ${nameOf(urn)} (${type}) was interrupted`,
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
    what: `${nameOf(urn)} (${type}) is made, as ${made.id}, and is not in the state`,
    mend: `npm run doctor -- --stack ${stack} --fix`,
    fix: { do: "record", urn, ...made },
  });
  const id = idOf(resource);
  if (type === releaseType) {
    const last = (await cluster.revisions(releaseOf(resource))).at(-1);
    if (!last) return clear;
    return isStuck(last) ? stuck(resource, last, [last], "clear") : half({ id });
  }
  const managers = await cluster.managers(named(resource));
  const own = managers?.filter((name) => name.startsWith("pulumi-kubernetes-") && !isKnown(name));
  const [manager, ...others] = own ?? [];
  if (manager !== undefined && others.length === 0) return half({ id, manager });
  // To set the same fields of somebody else's object in another name changes nothing.
  return managers === undefined || isPatch(type) ? clear : half({ id });
}

/** What is wrong with a release that the state has. */
async function unfit(
  resource: StateResource,
  stack: string,
  cluster: DoctorsCluster,
): Promise<Examined | undefined> {
  const revisions = await cluster.revisions(releaseOf(resource));
  const last = revisions.at(-1);
  if (!last) {
    return {
      kind: "gone",
      what: `release ${idOf(resource)} is in the state and not in the cluster`,
      mend: `pulumi refresh --stack ${stack} --target '${resource.urn}'`,
      fix: { do: "refresh", urn: resource.urn },
    };
  }
  return isStuck(last) ? stuck(resource, last, revisions, "refresh") : undefined;
}

/** Helm takes an operation that was killed for one that goes on. */
function stuck(
  resource: StateResource,
  { status }: Revision,
  revisions: readonly Revision[],
  then: "clear" | "refresh",
): Examined {
  const { namespace, name } = releaseOf(resource);
  const good = revisions.filter(({ status }) => ["deployed", "superseded"].includes(status)).at(-1);
  const isBack = good !== undefined && status !== "uninstalling";
  const args = isBack
    ? ["rollback", name, String(good.revision), "--namespace", namespace, "--wait"]
    : ["uninstall", name, "--namespace", namespace, "--wait"];
  const what = `release ${idOf(resource)} is ${status}`;
  const mend = `helm ${args.join(" ")}`;
  if (!isBack && resource.protect) {
    return {
      kind: "release",
      what: `${what}, and is protected`,
      mend: `${mend}   # if nothing of it is needed`,
    };
  }
  const gone = isBack && then === "refresh" ? {} : { urn: resource.urn };
  return { kind: "release", what, mend, fix: { do: "helm", args, ...gone } };
}

function isStuck({ status }: Revision): boolean {
  return status.startsWith("pending-") || status === "uninstalling";
}

/** Types such as core/v1:NamespacePatch change an object of somebody else. */
function isPatch(type: string): boolean {
  return type.endsWith("Patch");
}

function named({ inputs = {} }: StateResource): ObjectName {
  const { apiVersion, kind, metadata } = inputs as unknown as ObjectName;
  return { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
}

function releaseOf({ inputs = {} }: StateResource): ReleaseName {
  const { name, namespace = "default" } = inputs as { name: string; namespace?: string };
  return { name, namespace };
}

/** As the provider forms ids. */
function idOf({ type, inputs = {} }: StateResource): string {
  const { name, namespace } = (type === releaseType ? inputs : inputs["metadata"]) as {
    name: string;
    namespace?: string;
  };
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
