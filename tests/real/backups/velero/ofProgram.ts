import { Velero as Component } from "../../../../components/backups/velero.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { capture } from "../../../kit/capture.js";
import type { VeleroOptions } from "./server.js";

/** Velero's namespace. */
export const namespace = "velero";
export const apiVersion = "velero.io/v1";
const maintenance = "velero-repo-maintenance";

/** An object of Velero's own kinds, without a spec to ask for one. */
export function object(kind: string, name: string, spec?: object, labels?: Record<string, string>): Values {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(labels && { labels }) },
    ...(spec && { spec }),
  };
}

/** What the program registers for Velero. */
export async function program(options: VeleroOptions) {
  const captured = await capture(
    () =>
      new Component("velero", {
        namespace,
        bucket: options.bucket,
        region: "sa-saopaulo-1",
        s3Endpoint: options.s3Endpoint,
        ...options.key,
        repositoryPassword: options.repositoryPassword,
        schedules: options.schedules,
      }),
  );
  const { values } = captured.one("kubernetes:helm.sh/v3:Release").inputs;
  return {
    secrets: captured
      .ofType("kubernetes:core/v1:Secret")
      .map(({ inputs }): Values => ({ apiVersion: "v1", kind: "Secret", ...inputs })),
    values: values as Values,
    schedules: captured.ofType(`kubernetes:${apiVersion}:Schedule`).map(({ inputs }): Values => inputs),
  };
}

export function storageLocationOf({ configuration }: Values): string {
  return configuration.backupStorageLocation[0].name as string;
}

/** The objects that the chart makes of the values, as far as the server reads them. */
export function ofChart({ configuration, image }: Values): Values[] {
  const { backupStorageLocation, repositoryMaintenanceJob } = configuration;
  const { global } = repositoryMaintenanceJob.repositoryConfigData;
  return [
    ...(backupStorageLocation as Values[]).map(({ name, bucket, prefix, ...rest }) =>
      object("BackupStorageLocation", name as string, {
        accessMode: "ReadWrite",
        objectStorage: { bucket, prefix },
        ...rest,
      }),
    ),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: maintenance, namespace },
      data: { global: JSON.stringify(global) },
    },
    // A restore looks up its image and more. The process here stands for its pod.
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "velero", namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: { name: "velero" } },
        template: {
          metadata: { labels: { name: "velero" } },
          spec: { containers: [{ name: "velero", image: `${image.repository}:${image.tag}` }] },
        },
      },
    },
  ];
}

/** What becomes of a value of `configuration` that is no flag of the server. */
const notFlags = ["backupStorageLocation", "extraEnvVars"];
const flagOf: Record<string, (value: string) => string> = {
  uploaderType: (value) => `--uploader-type=${value}`,
  defaultVolumesToFsBackup: (value) => `--default-volumes-to-fs-backup=${value}`,
  defaultRepoMaintainFrequency: (value) => `--default-repo-maintain-frequency=${value}`,
  repositoryMaintenanceJob: () => `--repo-maintenance-job-configmap=${maintenance}`,
};

/** The server's flags that the chart makes of the values. */
export function flagsOf({ configuration }: Values): string[] {
  return Object.entries(configuration as Values)
    .filter(([name]) => !notFlags.includes(name))
    .map(([name, value]) => {
      const flag = flagOf[name];
      if (!flag) throw new Error(`it is not said here which flag the chart makes of configuration.${name}`);
      return flag(String(value));
    });
}
