import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleNamespaces } from "../../../../components/backups/restoreSampleNames.js";
import type { ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { namespace } from "./ofProgram.js";

const group = `/apis/velero.io/v1/namespaces/${namespace}`;
const labels = { name: "node-agent", role: "node-agent" };

/**
 * Stands in for Velero's node agent, which needs a kubelet: it copies the folder of a namespace where the real one has
 * Kopia copy a volume. Velero's server, which makes the requests and waits for their answers, is the real one.
 */
export class NodeAgentStandIn {
  /** What becomes of the next volumes that are restored. */
  restoring: "well" | "badly" | "never" | "to nothing" | "with a byte more" | "as another sample" = "well";
  private readonly done = new AbortController();
  private readonly loop: Promise<void>;

  private constructor(
    private readonly cluster: ClusterConnection,
    /** Folder with one folder for each namespace. */
    readonly volumes: string,
  ) {
    this.loop = this.work();
  }

  static async start(cluster: ClusterConnection, volumes: string): Promise<NodeAgentStandIn> {
    mkdirSync(volumes, { recursive: true });
    await cluster.api.apply(daemonSet, { manager: "test" });
    await cluster.kubectl(["rollout", "status", "daemonset/node-agent", `--namespace=${namespace}`]);
    console.log("      stand-in for Velero's node agent: volumes are folders, copied without Kopia");
    return new NodeAgentStandIn(cluster, volumes);
  }

  async stop(): Promise<void> {
    this.done.abort();
    await this.loop;
  }

  folder(of: string): string {
    return join(this.volumes, of);
  }

  private async work(): Promise<void> {
    while (!this.done.signal.aborted) {
      for (const object of await this.open("podvolumebackups")) {
        const snapshot = object["metadata"].name as string;
        cpSync(this.folder(object["spec"].pod.namespace), this.folder(`snapshot-${snapshot}`), {
          recursive: true,
        });
        await this.end("podvolumebackups", object, {
          phase: "Completed",
          snapshotID: snapshot,
          path: "/data",
        });
      }
      if (this.restoring !== "never") {
        for (const object of await this.open("podvolumerestores")) await this.restore(object);
      }
      await sleep(100);
    }
  }

  private async restore(object: Values): Promise<void> {
    const { pod, snapshotID } = object["spec"];
    const target = this.folder(pod.namespace as string);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    const from = this.folder(`snapshot-${snapshotID}`);
    if (this.restoring !== "to nothing" && existsSync(from)) cpSync(from, target, { recursive: true });
    if (this.restoring === "with a byte more") appendFileSync(join(target, "deep/er/small-3"), "x");
    if (this.restoring === "as another sample") {
      for (const file of readdirSync(target)) rmSync(join(target, file), { recursive: true });
      fillSample(target);
    }
    const status =
      this.restoring === "badly"
        ? { phase: "Failed", message: "the snapshot cannot be read" }
        : { phase: "Completed" };
    await this.end("podvolumerestores", object, status);
  }

  private async open(kind: string): Promise<Values[]> {
    const { items } = await this.cluster.api.call(`${group}/${kind}`);
    return (items as Values[]).filter(({ status }) => !["Completed", "Failed"].includes(status?.phase));
  }

  private async end(kind: string, { metadata }: Values, status: object): Promise<void> {
    await this.cluster.api.call(`${group}/${kind}/${metadata.name}`, {
      method: "PATCH",
      body: { type: "application/merge-patch+json", content: { status } },
    });
  }
}

/** Pods for Velero to find; nothing runs in them. */
const daemonSet: Values = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "node-agent", namespace },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: "node-agent", image: "stand-in.invalid/node-agent:1" }] },
    },
  },
};

/** Fills a folder as the sample's pod fills its volume. */
export function fillSample(folder: string): void {
  const script = fileURLToPath(new URL("../../../../components/backups/sample/fill.sh", import.meta.url));
  const { home } = sampleNamespaces;
  const env = { PATH: process.env["PATH"], HOME_NAMESPACE: home, POD_NAMESPACE: home };
  execFileSync("sh", [script, folder], { env });
}
