import { ApiException, CoordinationV1Api, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../../kit/userError.js";
import type { Examined } from "./examine.js";

// As components/control-plane/node/apply/lease.sh has them.
const name = "cluster-security-apply";
const namespace = "kube-system";
const until = "cluster-security/until";

/** What a run of cluster-security-apply holds while it works, so that no second node does. */
export interface ApplyLease {
  /** The node that runs it. */
  holder: string;
  /** Whether the cluster has a node of that name. */
  isNode: boolean;
  /** When it ends by itself. */
  ends: Date;
  /** Its resource version. */
  version: string;
}

/** Reads the Lease; undefined where there is none. */
export async function applyLease(config: KubeConfig): Promise<ApplyLease | undefined> {
  const lease = await orNone(
    config.makeApiClient(CoordinationV1Api).readNamespacedLease({ name, namespace }),
  );
  if (!lease) return undefined;
  const { metadata, spec } = lease;
  const holder = spec?.holderIdentity ?? "";
  const node = holder && (await orNone(config.makeApiClient(CoreV1Api).readNode({ name: holder })));
  return {
    holder,
    isNode: Boolean(node),
    ends: new Date(Number(metadata?.annotations?.[until] ?? 0) * 1000),
    version: metadata!.resourceVersion!,
  };
}

/**
 * Deletes the Lease.
 *
 * @param lease As it was read.
 * @throws UserError if it has changed since: a run of cluster-security-apply has it.
 */
export async function deleteLease(
  config: KubeConfig,
  { version }: Pick<ApplyLease, "version">,
): Promise<void> {
  const body = { preconditions: { resourceVersion: version } };
  const deletion = config.makeApiClient(CoordinationV1Api).deleteNamespacedLease({ name, namespace, body });
  await orNone(
    deletion.catch((error: Error) => {
      if (!(error instanceof ApiException && error.code === 409)) throw error;
      throw new UserError(`the Lease ${namespace}/${name} has just been taken: a node is being changed`);
    }),
  );
}

async function orNone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}

/** What is wrong with the Lease; undefined while its holder may be at work. */
export function staleLease(lease: ApplyLease, now = new Date()): Examined | undefined {
  const { holder, isNode, ends, version } = lease;
  const hasEnded = ends <= now;
  if (!hasEnded && isNode) return undefined;
  const why = hasEnded
    ? `ended at ${ends.toISOString()}`
    : `lasts until ${ends.toISOString()}, and the cluster has no such node`;
  return {
    kind: "lease",
    what: `the Lease ${namespace}/${name} of ${holder || "nobody"}, by which one node at a time is changed, ${why}`,
    mend: `kubectl delete lease --namespace ${namespace} ${name}`,
    fix: { do: "release", version },
  };
}
