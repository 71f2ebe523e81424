import { storageLocation } from "../../../../components/backups/veleroValues.js";
import { secondsOf } from "../../../../stacks/settings/fields/schedules.js";
import { failed, judged, type Finding } from "../../claim.js";
import { read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { missingRelease, needsRealPods, whyNotRunning } from "../../cluster/workloads.js";
import { deployment, namespace, velero } from "./velero.js";

type Location = KubeObject & {
  spec: {
    provider: string;
    default?: boolean;
    accessMode?: string;
    objectStorage?: { bucket: string; prefix?: string };
    config?: Record<string, string>;
  };
  status?: { phase?: string; message?: string; lastValidationTime?: string };
};

const label = `BackupStorageLocation ${storageLocation}`;
const readLocation = ({ api }: Target): Promise<Location | undefined> =>
  read<Location>(api, `${velero}/backupstoragelocations/${storageLocation}`);

/** Whether Velero's bucket is the one of the settings, and Velero reaches it. */
export async function location(target: Target): Promise<Finding> {
  const { settings } = target;
  const found = await readLocation(target);
  if (!found) {
    const absent = `there is no BackupStorageLocation ${namespace}/${storageLocation}`;
    return missingRelease(target, "velero", absent);
  }
  const { region } = settings.backups.oci;
  const { objectStorage, config = {} } = found.spec;
  const host = `.compat.objectstorage.${region}.oraclecloud.com`;
  const problems = [
    ...(objectStorage?.bucket === settings.backups.bucket
      ? []
      : [`its bucket is ${objectStorage?.bucket ?? "not set"}, not ${settings.backups.bucket}`]),
    ...(config["region"] === region ? [] : [`its region is ${config["region"] ?? "not set"}, not ${region}`]),
    ...(config["s3Url"] !== undefined && hostOf(config["s3Url"]).endsWith(host)
      ? []
      : [`${config["s3Url"] ?? "no s3Url"} is not the S3 API of ${region}`]),
    ...(found.spec.default ? [] : ["it is not the default"]),
    ...(found.spec.accessMode === "ReadOnly" ? ["it is ReadOnly, so no backup is written to it"] : []),
  ];
  const { phase, lastValidationTime } = found.status ?? {};
  const seen = `${objectStorage?.bucket}/${objectStorage?.prefix ?? ""} at ${config["s3Url"]}`;
  if (problems.length === 0 && phase === undefined && target.simulatedPods) {
    return needsRealPods(`${seen}, but Velero has not tried to reach it`);
  }
  return judged(
    [...problems.map((problem) => `${label}: ${problem}`), ...(await statusProblems(target, found))],
    `${seen}, ${phase} on ${lastValidationTime}`,
  );
}

/** Host of an address; empty if it is none. */
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).hostname : "");

/** A check of existing backups; fails if Velero does not reach the bucket that holds them. */
export function whileReached(check: (target: Target) => Promise<Finding>) {
  return async (target: Target): Promise<Finding> => {
    const finding = await check(target);
    if (finding.status !== "proved") return finding;
    const found = await readLocation(target);
    const problems = found ? await statusProblems(target, found) : [`there is no ${label}`];
    return problems.length === 0 ? finding : failed(`${finding.evidence}; but ${problems.join("; ")}`);
  };
}

/** Delay allowed on top of two validation periods. */
const slackSeconds = 600;

/** The phase counts while Velero runs, and looks at the bucket as often as the settings say. */
async function statusProblems(target: Target, { status = {} }: Location): Promise<string[]> {
  const { phase, message, lastValidationTime } = status;
  const notRunning = await whyNotRunning(target, deployment);
  const frequency = secondsOf(target.settings.backups.velero.validationFrequency);
  const limit = Date.now() - (2 * frequency + slackSeconds) * 1000;
  const time = Date.parse(lastValidationTime ?? "");
  // Clocks may differ by a little.
  const isOld = !(time >= limit && time <= Date.now() + slackSeconds * 1000);
  return [
    ...(phase === "Available"
      ? []
      : [`${label}: it is ${phase ?? "not looked at yet"}${message ? `: ${message}` : ""}`]),
    ...(phase === "Available" && isOld
      ? [
          `${label}: it is Available, but Velero last looked at it ${lastValidationTime ? `on ${lastValidationTime}` : "at an unknown time"}`,
        ]
      : []),
    ...(notRunning === undefined ? [] : [notRunning]),
  ];
}
