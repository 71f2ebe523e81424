import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VeleroSchedule } from "../../../../components/backups/velero.js";
import { credentialsSecret } from "../../../../components/backups/veleroValues.js";
import { openCluster, type ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { stop } from "../../../../cli/lab/cluster/daemon.js";
import { freePorts } from "../../../../cli/lab/cluster/ports.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { tool, projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { until } from "../../../../cli/kit/until.js";
import { ifAbandoned } from "../../../kit/abandoned.js";
import { binaries } from "../../lab/sealed-secrets/lab.js";
import type { S3Key } from "../servers.js";
import { namespace, object, program, storageLocationOf, ofChart, flagsOf } from "./ofProgram.js";

/** Name of the process among the lab's, and of its log. */
export const processName = "velero";
/** Where the chart puts what the server needs (templates/deployment.yaml of chart 12.1.0). */
const inPod = { scratch: "/scratch", credentials: "/credentials" };

/** States a Backup or a Restore does not leave. */
const finished = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"];
const patienceSeconds = 120;

export interface VeleroOptions {
  /** Address of the S3 API. */
  s3Endpoint: string;
  bucket: string;
  key: S3Key;
  /** Password of the Kopia repositories. */
  repositoryPassword: string;
  schedules?: readonly VeleroSchedule[];
  /** Definitions of further kinds. Velero looks every five minutes for those that were made after its start. */
  definitions?: readonly Values[];
  /** The plugin for S3. Default: velero-plugin-for-aws. */
  plugin?: "velero-plugin-for-aws" | "velero-plugin-for-aws-earlier-sdk";
  /** Variables of the server's environment next to those of the chart. Default: none. */
  environment?: Record<string, string>;
  /** Certificate in PEM form of the one authority to trust. Default: those the system trusts. */
  authority?: string;
}

/**
 * Velero's server as a process next to a lab's API server. The Secrets, the values and the Schedules are those of the
 * program's own component; here is only what the chart and the kubelet make of them.
 */
export class VeleroServer {
  private constructor(
    readonly plane: LabControlPlane,
    readonly cluster: ClusterConnection,
    /** Variables it was started with. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly isWell: () => void,
  ) {}

  private stopped = false;

  /** Its log. */
  get log(): string {
    return join(this.plane.paths.logs, `${processName}.log`);
  }

  /** Its process, which leads the group that its plugins are in. */
  get pid(): number {
    return pidOn(this.plane);
  }

  /** Starts the server, and waits until it has found the bucket. */
  static async start(plane: LabControlPlane, options: VeleroOptions): Promise<VeleroServer> {
    const binary = await tool("velero-server");
    const plugin = await tool(options.plugin ?? "velero-plugin-for-aws");
    const cluster = await openCluster({
      kubeconfig: plane.paths.kubeconfig,
      kubectl: binaries("kubectl"),
    });
    await cluster.definitions.installPrinted(
      documents([...definitionsOf(binary), ...(options.definitions ?? [])]),
    );

    const { secrets, values, schedules } = await program(options);
    const objects = [namespaceObject, ...secrets, ...ofChart(values), ...schedules];
    for (const object of objects) await cluster.api.apply(object, { manager: "program" });

    const [metrics] = await freePorts(1);
    const { folder, environment } = podOf(plane, secrets, values, plugin, options.authority);
    const variables = { ...environment, ...options.environment };
    await plane.run(
      processName,
      [
        binary,
        "server",
        ...flagsOf(values),
        `--namespace=${namespace}`,
        `--kubeconfig=${plane.paths.kubeconfig}`,
        `--plugin-dir=${join(folder, "plugins")}`,
        `--metrics-address=127.0.0.1:${metrics}`,
        "--profiler-address=",
      ],
      () =>
        fetch(`http://127.0.0.1:${metrics}/metrics`).then(
          ({ ok }) => ok,
          () => false,
        ),
      variables,
    );
    const isWell = ifAbandoned(`kill -KILL -${pidOn(plane)}`, { cwd: projectFolder });
    const server = new VeleroServer(plane, cluster, variables, isWell);
    await server.untilIn("BackupStorageLocation", storageLocationOf(values), ["Available"]);
    return server;
  }

  /** Ends the server and whatever plugin it runs; the lab goes on. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    const group = this.pid;
    await stop(this.plane.paths.processes, processName);
    try {
      // A server that is ended in the middle of its work leaves its plugins behind.
      process.kill(-group, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    this.isWell();
  }

  /** Makes a Backup or a Restore, and gives it as it is when Velero is done with it. */
  async run(kind: "Backup" | "Restore", name: string, spec: object, labels: Record<string, string> = {}) {
    await this.cluster.api.apply(object(kind, name, spec, labels), { manager: "test" });
    return this.untilIn(kind, name, finished);
  }

  /** An object of Velero's, once it exists and is in one of these phases. */
  async untilIn(kind: string, name: string, phases: readonly string[]): Promise<Values> {
    let found: Values | undefined;
    const isIn = async () => {
      found = await this.cluster.api.get(object(kind, name));
      return phases.includes(found?.["status"]?.phase as string) && found;
    };
    const late = () =>
      `${kind} ${name} is ${found ? JSON.stringify(found["status"]) : "absent"} after ${patienceSeconds} s; see ${this.log}`;
    return until(isIn, late, { seconds: patienceSeconds, pause: 200 });
  }
}

/** What the pods of the node agent need (components/common/addon.ts says of a namespace that it exists already). */
const namespaceObject: Values = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
};

/** The definitions that are embedded in the server, as the chart's upgrade job applies them. */
function definitionsOf(binary: string): Values[] {
  const printed = execFileSync(binary, ["definitions"], { encoding: "utf8", maxBuffer: 1 << 26 });
  return (JSON.parse(printed) as { items: Values[] }).items;
}

const documents = (objects: Values[]): string =>
  objects.map((object) => JSON.stringify(object)).join("\n---\n");

/** The pod's folders and its environment: what the kubelet and the init container make. */
function podOf(
  plane: LabControlPlane,
  secrets: Values[],
  values: Values,
  plugin: string,
  authority?: string,
) {
  const folder = join(plane.paths.root, "velero-pod", String(performance.now()));
  for (const name of ["plugins", "scratch", "credentials", "tmp"])
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  symlinkSync(plugin, join(folder, "plugins", "velero-plugin-for-aws"));
  const credentials = secrets.find(({ metadata }) => metadata.name === credentialsSecret.name)!;
  const file = join(folder, inPod.credentials, credentialsSecret.key);
  writeFileSync(file, credentials["stringData"][credentialsSecret.key] as string, { mode: 0o600 });
  const authorities = join(folder, "authorities.pem");
  if (authority) writeFileSync(authorities, authority);
  const extra = (values["configuration"].extraEnvVars as { name: string; value: string }[]).map(
    ({ name, value }) => [name, value === inPod.scratch ? join(folder, value) : value],
  );
  return {
    folder,
    environment: {
      TMPDIR: join(folder, "tmp"),
      VELERO_NAMESPACE: namespace,
      VELERO_SCRATCH_DIR: join(folder, inPod.scratch),
      AWS_SHARED_CREDENTIALS_FILE: file,
      ...(authority && { SSL_CERT_FILE: authorities, SSL_CERT_DIR: folder }),
      ...(Object.fromEntries(extra) as Record<string, string>),
    },
  };
}

function pidOn(plane: LabControlPlane): number {
  const note = readFileSync(join(plane.paths.processes, `${processName}.json`), "utf8");
  return (JSON.parse(note) as { pid: number }).pid;
}
