import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { scheduleSpec, type VeleroSchedule } from "../../../../components/backups/velero.js";
import { stopLab, type LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { startNode } from "../../../../cli/lab/cluster/node.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { binaries, startControlPlane } from "../../lab/sealed-secrets/lab.js";
import { remove, scratch, startS3, type S3Key, type Server } from "../servers.js";
import { NodeAgentStandIn } from "./nodeAgent.js";
import { VeleroServer } from "./server.js";

/** StorageClass of the volumes. */
export const storageClass = "local-path";

/** A control plane with a node, Velero next to it, an S3 server, and volumes that can be backed up and restored. */
export class VeleroWorld {
  private constructor(
    readonly folder: string,
    private readonly name: string,
    private readonly schedule: VeleroSchedule,
  ) {}

  readonly key: S3Key = { accessKey: "velero-id", secretKey: "needle/velero+secret=" };
  readonly repositoryPassword = "needle-repository-password";
  s3!: Server;
  plane!: LabControlPlane;
  agent!: NodeAgentStandIn;
  private velero?: VeleroServer;

  /** Starts all of it. Whatever has been started goes when something else does not start. */
  static async start(name: string, schedule: VeleroSchedule): Promise<VeleroWorld> {
    const world = new VeleroWorld(scratch(), name, schedule);
    try {
      await world.startAll();
    } catch (error) {
      await world.end();
      throw error;
    }
    return world;
  }

  private async startAll(): Promise<void> {
    const { folder, name, key, repositoryPassword, schedule } = this;
    const bucket = "homelab-backups";
    mkdirSync(join(folder, "s3", bucket), { recursive: true });
    this.s3 = await startS3(join(folder, "s3"), [key]);
    this.plane = await startControlPlane(name);
    await startNode(this.plane, binaries, nodeName);
    const s3Endpoint = this.s3.url;
    const schedules = [schedule];
    this.velero = await VeleroServer.start(this.plane, {
      s3Endpoint,
      bucket,
      key,
      repositoryPassword,
      schedules,
    });
    await this.apply(volumes(30));
    this.agent = await NodeAgentStandIn.start(this.velero.cluster, join(folder, "volumes"));
  }

  get cluster() {
    return this.velero!.cluster;
  }

  kubectl(...args: string[]): Promise<string> {
    return this.cluster.kubectl(args);
  }

  /** Objects of a namespace: `configmap/settings`. */
  async names(namespace: string, kinds: string): Promise<string[]> {
    const text = await this.kubectl("get", kinds, `--namespace=${namespace}`, "--output=name");
    return text.split("\n").filter(Boolean);
  }

  async apply(objects: Values[]): Promise<void> {
    for (const object of objects) await this.cluster.api.apply(object, { manager: "program", force: true });
  }

  /** Makes a Backup as the Schedule does. */
  async backUp(name: string): Promise<string> {
    const { status } = await this.velero!.run("Backup", name, scheduleSpec(this.schedule).template, {
      "velero.io/schedule-name": this.schedule.name,
    });
    return status.phase as string;
  }

  async stopVelero(): Promise<void> {
    await this.velero!.stop();
    this.stopped = true;
  }
  private stopped = false;

  async end(): Promise<void> {
    await this.agent?.stop();
    if (this.velero && !this.stopped) await this.stopVelero();
    await stopLab(this.name, { removeFiles: true });
    await this.s3?.stop();
    remove(this.folder);
  }
}

const nodeName = "musashi";

/** The StorageClass, and volumes for it of the kind that local-path-provisioner makes with `volumeType: local`. */
function volumes(count: number): Values[] {
  const nodeSelectorTerms = [
    { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [nodeName] }] },
  ];
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: storageClass },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    ...Array.from({ length: count }, (_, index) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `local-${index}` },
      spec: {
        capacity: { storage: "64Mi" },
        accessModes: ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: storageClass,
        local: { path: `/var/lib/local-path/${index}` },
        nodeAffinity: { required: { nodeSelectorTerms } },
      },
    })),
  ];
}
