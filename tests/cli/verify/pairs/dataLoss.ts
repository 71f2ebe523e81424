import { scheduleSpec } from "../../../../components/backups/velero.js";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { daemonSets, deployments, withoutDrill } from "../addonClaims.js";
import { named, workload, type Answer } from "../fakeTarget.js";
import { nodeWithJobs, pushedBy, jobReport } from "./nodeJobs.js";
import { pair, type Pairs } from "./pair.js";

const start = Date.now();
export const hoursAgo = (hours: number) => new Date(start - hours * 3_600_000).toISOString();

export const velero = "/apis/velero.io/v1/namespaces/velero";
export const path = `${deployments("velero")}/velero`;
export const withArgs = (...args: string[]) => ({
  [path]: workload("velero", 1, 1, [{ name: "velero", args }]),
});
export const told = ["server", "--uploader-type=kopia", "--default-volumes-to-fs-backup"];
export const asTold = withArgs(...told);
export const volumesBy = (uploaderType: string, phase: string) => ({
  [`${velero}/podvolumebackups`]: [named("a", { spec: { uploaderType }, status: { phase } })],
});

export const url = "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com";
/** As Velero last found the bucket to be, so many hours ago. */
export const found = (phase = "Available", hours = 1) => ({ phase, lastValidationTime: hoursAgo(hours) });
export const running = (ready = 1) => ({ [path]: workload("velero", ready) });
export const location = (status: object | undefined, config: object = {}, bucket = "homelab-backups") => ({
  [`${velero}/backupstoragelocations/default`]: named("default", {
    spec: {
      provider: "aws",
      default: true,
      objectStorage: { bucket, prefix: "velero" },
      config: { region: "sa-saopaulo-1", s3Url: url, ...config },
    },
    status,
  }),
});

export const settings = {
  ...withoutDrill,
  "backups.velero.schedules": [{ name: "apps-daily", namespaces: ["apps", "db"], cron: "0 2 * * *" }],
};
/** What the stack renders for it, in another order. */
const wanted = scheduleSpec({
  name: "apps-daily",
  namespaces: ["db", "apps"],
  cron: "0 2 * * *",
  ttl: "720h",
});
/** The Schedule with fields of its template changed; those that are undefined are not set. */
export const templateWith = (fields: object) =>
  schedule({ template: { ...wanted.template, ...fields } }, { phase: "Enabled" });
export const schedule = (spec: object = {}, status?: object) => ({
  [`${velero}/schedules`]: [
    named("apps-daily", {
      spec: { ...wanted, ...spec },
      status,
    }),
  ],
});

export const copy = (phase: string, hours: number, message?: string) => ({
  metadata: { name: `copy-${hours}`, creationTimestamp: hoursAgo(hours) },
  spec: { pod: { namespace: "db", name: "db-0" }, volume: "data", uploaderType: "kopia" },
  status: { phase, message },
});
export const copies = (...items: object[]) => ({ [`${velero}/podvolumebackups`]: items });
export const backup = (
  phase: string,
  hours: number,
  progress: object = { totalItems: 9, itemsBackedUp: 9 },
) => ({
  metadata: { name: `b${hours}`, labels: { "velero.io/schedule-name": "apps-daily" } },
  status: { phase, completionTimestamp: hoursAgo(hours), progress },
});
export const made = (hours: number) => ({
  [`${velero}/schedules`]: [{ metadata: { name: "apps-daily", creationTimestamp: hoursAgo(hours) } }],
});
export const backups = (...items: object[]) => ({ ...made(1000), [`${velero}/backups`]: items });

export const secretsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`;
export const claimsOf = (namespace: string) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
export const ours = scheduleSpec({
  name: "apps-daily",
  namespaces: ["apps"],
  cron: "0 2 * * *",
  ttl: "720h",
});
export const appsDaily = named("apps-daily", { spec: ours }, "velero");
export const secret = (name: string, more: object = {}, namespace = "apps") => ({
  metadata: { name, namespace, ...more },
});
export const ofSealed = { ownerReferences: [{ kind: "SealedSecret", name: "db" }] };

/** Answers a list of Secrets: all, those a backup holds, and those of them that are Helm's. */
export const secrets =
  (all: object[], held: object[], helm: object[] = []): Answer =>
  ({ path }: ApiRequest) => {
    const items = path.includes("fieldSelector") ? helm : path.includes("labelSelector") ? held : all;
    return { body: JSON.stringify({ items, metadata: {} }) };
  };

export const volumeClaim = (name: string, volumeName?: string) => ({
  metadata: { name, namespace: "apps", uid: `uid-of-${name}` },
  spec: { volumeName, storageClassName: "local-path" },
});
/** What Velero has copied of the volume of a claim. */
export const copiesOf = (claim: string, phase = "Completed") => ({
  [`${velero}/podvolumebackups`]: [
    { metadata: { name: "copy", labels: { "velero.io/pvc-uid": `uid-of-${claim}` } }, status: { phase } },
  ],
});
export const volumes = (...list: object[]) => ({ "/api/v1/persistentvolumes": list });

export const dataLoss: Pairs = {
  "Velero runs, with its node agent": pair(
    (ready) => ({
      answers: {
        [path]: workload("velero"),
        [`${daemonSets("velero")}/node-agent`]: workload("node-agent", ready, 2),
      },
    }),
    2,
    1,
  ),
  "Velero has volumes copied by Kopia": pair(
    (uploader) => ({ answers: { ...asTold, ...volumesBy(uploader, "Completed") } }),
    "kopia",
    "restic",
  ),
  "Kopia copies the data of volumes": pair(
    (phase) => ({ answers: copies(copy(phase, 1)) }),
    "Completed",
    "Failed",
  ),
  "Backups go to OCI": pair<{ phase?: string; hours?: number; pods?: number }>(
    ({ phase, hours, pods }) => ({ answers: { ...location(found(phase, hours)), ...running(pods) } }),
    {},
    { phase: "Unavailable" },
    { hours: 3 },
    { pods: 0 },
  ),
  "Every schedule is there": pair<{ phase?: string; pods?: number }>(
    ({ phase = "Enabled", pods }) => ({
      answers: { ...schedule({}, { phase }), ...running(pods) },
      options: { settings },
    }),
    {},
    { phase: "FailedValidation" },
    { pods: 0 },
  ),
  "The last complete backup of every schedule": pair<{ phase?: string; bucket?: string; pods?: number }>(
    ({ phase = "Completed", bucket, pods }) => ({
      answers: { ...backups(backup(phase, 47)), ...location(found(bucket)), ...running(pods) },
      options: { settings },
    }),
    {},
    { phase: "PartiallyFailed" },
    { bucket: "Unavailable" },
    { pods: 0 },
  ),
  "Backups leave out sealing keys": pair(
    (held) => ({
      answers: {
        "/api/v1/namespaces": [named("apps")],
        [`${velero}/schedules`]: [appsDaily],
        [secretsOf("apps")]: secrets([secret("db", ofSealed), secret("tls")], held),
      },
    }),
    [secret("tls")],
    [secret("tls"), secret("db", ofSealed)],
  ),
  "Velero can read every volume": pair<{ phase?: string; kind?: string }>(
    ({ phase = "Completed", kind = "local" }) => ({
      answers: {
        "/api/v1/namespaces": [named("apps")],
        [`${velero}/schedules`]: [appsDaily],
        [claimsOf("apps")]: [volumeClaim("data", "pv-1")],
        ...volumes(named("pv-1", { spec: { [kind]: { path: "/opt" } } })),
        ...copiesOf("data", phase),
      },
    }),
    {},
    { phase: "Failed" },
    { kind: "hostPath" },
  ),
  "restic backs up raw PVC data": pair(
    (success, folder) => ({
      answers: pushedBy(jobReport("restic_k8s_data"), jobReport("restic_host", success)),
      options: { nodeRoot: nodeWithJobs(folder, "restic-k8s-backup", "restic-host-backup") },
    }),
    1,
    0,
  ),
  "pg_dumpall makes logical backups": pair(
    (hours, folder) => ({
      answers: pushedBy(jobReport("pg_dump", 1, hours)),
      options: { nodeRoot: nodeWithJobs(folder, "pg-dump") },
    }),
    5,
    49,
  ),
};
