import { systemNamespace as namespace } from "../../../../components/common/addOnNamespaces.js";
import { controllerName } from "../../../../components/secrets/sealedSecrets.js";
import { sealingKeyLabel, sealingKeySecret } from "../../../../components/secrets/sealingKeys.js";
import { failed, proved, unchecked, type Finding } from "../../claim.js";
import { list, namespacedName, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { missingRelease, needsRealPods, readWorkload, whyNotRunning } from "../../cluster/workloads.js";

/** The controller of Sealed Secrets. */
export const controller = { kind: "Deployment", namespace, name: controllerName } as const;

/** Whether the controller is told to make no further key, runs so, and has made none since. */
export async function renewal(target: Target): Promise<Finding> {
  const deployment = await readWorkload(target, controller);
  if (!deployment) {
    return missingRelease(target, "sealed-secrets", `there is no Deployment ${namespace}/${controllerName}`);
  }
  const period = flagValue(deployment.spec.template.spec.containers[0]?.args ?? [], "--key-renew-period");
  if (period === undefined || !/^0+([a-zµ]+)?$/.test(period))
    return failed(
      `the controller makes a new key every ${period ?? "720h (--key-renew-period is not set)"}, which the state does not hold`,
    );
  const told = `Deployment ${namespace}/${controllerName}: --key-renew-period ${period}`;
  if (target.simulatedPods) return needsRealPods(`${told}, and nobody reads it`);
  const notRunning = await whyNotRunning(target, controller);
  if (notRunning !== undefined) return failed(`${told}; but ${notRunning}`);
  const running = await runningReplicaSet(target);
  if (running === undefined)
    return unchecked(
      `${told}, but since when it runs so is not known: kubectl -n ${namespace} get replicasets shows none of it`,
    );
  const since = madeAt(running.metadata);
  const time = new Date(since).toISOString();
  const further = (await furtherKeys(target)).filter(({ metadata }) => madeAt(metadata) >= since);
  const own = isPutBack(running) ? [] : further.filter((key) => isMadeByController(key, since));
  if (own.length > 0)
    return failed(`${told} since ${time}, and yet it has made ${own.map(namespacedName).join(", ")} since`);
  return further.length > 0
    ? unchecked(
        `${told}, but there are further keys since ${time}, and that it made them as it runs now is not known: ` +
          further.map(namespacedName).join(", "),
      )
    : proved(`${told}; it runs so since ${time}, and has made no key since`);
}

const madeAt = ({ creationTimestamp }: KubeObject["metadata"]): number => Date.parse(creationTimestamp ?? "");

type ReplicaSet = KubeObject & { status?: { replicas?: number } };

/** The running ReplicaSet of the Deployment, the newest if there are several: a changed flag creates a new one. */
async function runningReplicaSet({ api }: Target): Promise<ReplicaSet | undefined> {
  const all = (await list<ReplicaSet>(api, `/apis/apps/v1/namespaces/${namespace}/replicasets`)) ?? [];
  return all
    .filter(({ metadata, status }) => {
      const isOurs = metadata.ownerReferences?.some(
        ({ kind, name }) => kind === controller.kind && name === controller.name,
      );
      return isOurs && (status?.replicas ?? 0) > 0;
    })
    .sort((one, other) => madeAt(one.metadata) - madeAt(other.metadata))
    .at(-1);
}

/** Whether a rollback has put it back: another ran after it was created, and may have made keys. */
const isPutBack = ({ metadata }: ReplicaSet): boolean =>
  metadata.annotations?.["deployment.kubernetes.io/revision-history"] !== undefined;

/**
 * Whether it was the controller that made a key: the API server names the writer of an object's fields by its program. A saved
 * key that is put back may bring the names of its first life along, with their time.
 */
const isMadeByController = ({ metadata }: KubeObject, since: number): boolean =>
  (metadata.managedFields ?? []).some(
    ({ manager, time }) => manager === "controller" && Date.parse(time ?? "") >= since,
  );

/** Keys that are not of the state, without the oldest key of all: it always makes one if it finds none. */
async function furtherKeys({ api }: Target): Promise<KubeObject[]> {
  const selector = encodeURIComponent(sealingKeyLabel);
  const path = `/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`;
  const keys = (await list(api, path, true)) ?? [];
  return keys
    .sort((one, other) => madeAt(one.metadata) - madeAt(other.metadata))
    .slice(1)
    .filter(({ metadata }) => !metadata.name.startsWith(sealingKeySecret("")));
}

/** Value of a flag, which may be an argument of its own; the last one counts. */
export function flagValue(args: string[], flag: string): string | undefined {
  const at = args.findLastIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
  if (at < 0) return undefined;
  return args[at] === flag ? args[at + 1] : args[at]!.slice(flag.length + 1);
}
