import assert from "node:assert/strict";
import {
  nodeJobPrograms,
  nodeJobSettings,
  type KnownStorage,
  type NodeJobsArgs,
} from "../../../components/backups/nodeJobs.js";
import type { NodeFile } from "../../../components/control-plane/nodeFile.js";

export const args: NodeJobsArgs = {
  node: "node-1",
  bucket: "homelab-backups",
  s3Endpoint: "https://ns.compat.objectstorage.sa-saopaulo-1.oraclecloud.com",
  region: "sa-saopaulo-1",
  accessKey: "writer",
  secretKey: "needle-writer",
  statisticsAccessKey: "lister",
  statisticsSecretKey: "needle-lister",
  prefixes: ["velero", "restic-k8s", "restic-host", "pg-dump"],
  limitBytes: 20 * 2 ** 30,
  refuseAbovePercent: 95,
  timeoutMinutes: 240,
  keep: { daily: 7, weekly: 4, monthly: 6 },
  pushgateway: { service: "monitoring/prometheus-pushgateway" },
  times: {
    volumes: { time: "03:20" },
    host: { time: "03:40" },
    statistics: { time: "04:30" },
    restoreDrill: { weekday: "Sun", time: "05:00" },
  },
  volumes: { paths: ["/opt/local-path-provisioner"], excludes: [] },
  host: { paths: ["/home/operator", "/etc"], excludes: ["*.iso"], password: "needle-host" },
  postgres: {
    source: { namespace: "postgres", selector: "role=primary", container: "postgres" },
    time: { time: "03:00" },
    tools: "/usr/bin",
    drillUser: "postgres",
  },
  checkWeeks: 4,
  velero: { namespace: "velero" },
  veleroIntervals: ["1h", "1h"],
};
export const known: KnownStorage = {
  bucket: "homelab-backups",
  s3Endpoint: "https://s3.example.com",
  accessKey: "writer",
  secretKey: "needle-writer",
  statisticsAccessKey: "lister",
  statisticsSecretKey: "needle-lister",
  repositories: { "restic-k8s": "needle-k8s", "restic-host": "needle-host", "pg-dump": "needle-dump" },
};
export const filesOf = (changes: Partial<NodeJobsArgs> = {}, storage: Partial<KnownStorage> = {}) =>
  new Map(
    [
      ...nodeJobPrograms({ ...args, ...changes }),
      ...nodeJobSettings({ ...args, ...changes }, { ...known, ...storage }),
    ].map((file) => [file.path, file]),
  );
export const text = (files: Map<string, NodeFile>, path: string) => {
  const file = files.get(path);
  assert.ok(file, `${path} is not among ${[...files.keys()].join(", ")}`);
  return file.content as string;
};
