import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { answerOf } from "../../../../cli/kit/until.js";
import type { RigNode } from "./rigNode.js";

/** What a writer did, and what it found wrong. */
export interface WriterReport {
  updated: number;
  deleted: number;
  made: number;
  read: number;
  unavailable: number;
  there: number;
  wrong: string[];
}

const script = fileURLToPath(new URL("writer.cjs", import.meta.url));

/** A program on a node that makes Secrets and then goes on changing them until it is asked what it saw. */
export class Writer {
  private constructor(
    private readonly node: RigNode,
    private readonly process: ChildProcess,
  ) {}

  /** Starts one and waits until its Secrets are there. */
  static async of(node: RigNode, count: number): Promise<Writer> {
    const [program, ...parameters] = [...node.enter, "node", script, String(count)];
    const folder = "/var/lib/kubelet";
    const child = spawn(program, [...parameters, `${folder}/report`, `${folder}/stop`], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const writer = new Writer(node, child);
    await writer.until(() => existsSync(join(node.root, folder, "report")), "to make its Secrets");
    return writer;
  }

  /** Lets it read everything a last time. */
  async end(): Promise<WriterReport> {
    writeFileSync(join(this.node.root, "var/lib/kubelet/stop"), "");
    await this.until(() => this.process.exitCode !== null, "to end");
    return JSON.parse(readFileSync(join(this.node.root, "var/lib/kubelet/report"), "utf8")) as WriterReport;
  }

  private async until(condition: () => boolean, what: string): Promise<void> {
    await answerOf(() => condition() || Boolean(this.process.exitCode), { seconds: 60, pause: 50 });
    if (!condition()) throw new Error(`the writer did not come ${what}`);
  }
}
