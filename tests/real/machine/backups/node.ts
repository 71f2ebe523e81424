import { run, type Printed } from "../../../../cli/kit/run.js";
import { until } from "../../../../cli/kit/until.js";
import type { Lab } from "../../../../cli/lab/lab.js";
import { apply } from "../../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../../cli/lab/node/realNode.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

/** States that a Backup or a Restore does not leave. */
const ended = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"];

/** The node of a lab, by the line that opens a shell in it. */
export class NodeOfLab implements Pick<RealNode, "run"> {
  constructor(private readonly lab: Lab) {}

  run(command: readonly string[], input?: string | Buffer): Promise<Printed> {
    const shell = this.lab.cluster.shell!.replace(/ TERM=\S+ bash -l$/, "");
    return run(["sh", "-c", `exec ${shell} "$@"`, "sh", ...command], { input });
  }

  async sh(script: string): Promise<string> {
    return (await this.run(["sh", "-euc", script])).stdout;
  }

  async kubectl(...args: string[]): Promise<string> {
    return (await this.run(["kubectl", ...args])).stdout;
  }

  async apply(objects: Values[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await this.run(["kubectl", "apply", "--filename", "-"], JSON.stringify(list));
  }

  /** Lays the node files of the stack, backup jobs and all; returns what the program's script says. */
  async layFiles(): Promise<string> {
    const { nodeBundles } = (await this.lab.outputs()) as { nodeBundles: Record<string, string> };
    const [[name, bundle]] = Object.entries(nodeBundles) as [[string, string]];
    return apply(this, name, Buffer.from(bundle, "base64"));
  }

  /** Runs a job as its timer does; returns what it printed. */
  async job(unit: string): Promise<string> {
    const log = async (): Promise<string> =>
      this.sh(
        `journalctl --quiet --output cat --unit ${unit}.service --invocation 0 2>&1 || journalctl --quiet --output cat --unit ${unit}.service`,
      );
    try {
      await this.run(["systemctl", "start", `${unit}.service`]);
    } catch (error) {
      throw new Error(`${unit}: ${(error as Error).message}\n${await log()}`);
    }
    return log();
  }

  /** Makes a Backup or a Restore, and waits until it has ended. */
  async velero(kind: "Backup" | "Restore", name: string, spec: Values, labels: Values = {}): Promise<Values> {
    const namespace = "velero";
    await this.apply([{ apiVersion: "velero.io/v1", kind, metadata: { name, namespace, labels }, spec }]);
    const read = async () => {
      const text = await this.kubectl(
        "get",
        `${kind}.velero.io`,
        name,
        "--namespace",
        namespace,
        "--output=json",
      );
      const { status = {} } = JSON.parse(text) as { status?: Values };
      return ended.includes(status["phase"] as string) && status;
    };
    return until(read, `the ${kind} ${name} does not end`, { seconds: 300, pause: 1000 });
  }
}
