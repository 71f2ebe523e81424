import { systemNamespace as namespace } from "../../../components/common/addOnNamespaces.js";
import type { KubeApi } from "../../../stacks/kubernetes/api.js";
import { ApiError } from "../../../stacks/kubernetes/apiError.js";
import { UserError } from "../../kit/userError.js";
import type { Examined } from "./examine.js";

// As components/control-plane/node/apply/lease.sh has them.
const name = "cluster-security-apply";
const until = "cluster-security/until";

const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;

interface Lease {
  metadata: { annotations?: Record<string, string>; resourceVersion: string };
  spec?: { holderIdentity?: string };
}

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

/** Reads the Lease; undefined where there is none, and `hidden` where this user may not read it. */
export async function applyLease(api: KubeApi): Promise<ApplyLease | undefined | "hidden"> {
  const lease = await unlessHidden(api.read<Lease>(path));
  if (!lease || lease === "hidden") return lease;
  const { metadata, spec } = lease;
  const holder = spec?.holderIdentity ?? "";
  const node = holder && (await unlessHidden(api.read(`/api/v1/nodes/${encodeURIComponent(holder)}`)));
  return {
    holder,
    // One that may not be asked for may be there.
    isNode: Boolean(node),
    ends: timeOf(metadata.annotations?.[until] ?? ""),
    version: metadata.resourceVersion,
  };
}

/** Seconds since 1970 in a text of up to ten digits; 1970 for any other text. */
const timeOf = (text: string): Date => new Date(/^\d{1,10}$/.test(text) ? Number(text) * 1000 : 0);

/**
 * Deletes the Lease.
 *
 * @param lease As it was read.
 * @throws UserError if it has changed since: a run of cluster-security-apply has it.
 */
export async function deleteLease(api: KubeApi, { version }: Pick<ApplyLease, "version">): Promise<void> {
  const answer = await api.request({
    method: "DELETE",
    path,
    body: { preconditions: { resourceVersion: version } },
  });
  if (answer.status === 403) throw new UserError(`this user may not delete the Lease ${namespace}/${name}`);
  if (answer.status === 409)
    throw new UserError(`the Lease ${namespace}/${name} has just been taken: a node is being changed`);
  if (answer.status >= 300 && answer.status !== 404) throw new ApiError(answer.status, answer.body);
}

function unlessHidden<T>(answer: Promise<T>): Promise<T | "hidden"> {
  return answer.catch((error: Error) => {
    if (error instanceof ApiError && error.code === 403) return "hidden";
    throw error;
  });
}

/** What is wrong with the Lease; undefined while its holder may be at work. */
export function staleLease(lease: ApplyLease | "hidden", now = new Date()): Examined | undefined {
  if (lease === "hidden")
    return {
      kind: "lease",
      what: `whether the Lease ${namespace}/${name} is stale is not known: this user may not read it`,
      mend: `kubectl get lease --namespace ${namespace} ${name}   # as an administrator`,
    };
  const { holder, isNode, ends, version } = lease;
  const hasEnded = ends <= now;
  // A run renews it for twenty minutes each.
  const isOdd = ends.getTime() > now.getTime() + 3_600_000;
  if (!hasEnded && !isOdd && isNode) return undefined;
  const why = hasEnded
    ? ends.getTime() === 0
      ? "says no time at which it ends"
      : `ended at ${ends.toISOString()}`
    : isOdd
      ? "ends later than any that a run writes"
      : `lasts until ${ends.toISOString()}, and the cluster has no such node`;
  return {
    kind: "lease",
    what: `the Lease ${namespace}/${name} of ${holder || "nobody"}, by which one node at a time is changed, ${why}`,
    mend: `kubectl delete lease --namespace ${namespace} ${name}`,
    fix: { do: "release", version },
  };
}
