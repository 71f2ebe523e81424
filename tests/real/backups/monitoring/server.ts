import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../../cli/kit/until.js";
import { freePorts } from "../../../../cli/lab/cluster/ports.js";
import { debian } from "../../../../cli/test/packages.js";

/** Prometheus or Alertmanager, as a process of its own with a folder of its own. */
export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "monitoring-"));
  private process: ChildProcess | undefined;
  /** What it has said. */
  log = "";
  private address = "";

  /** Starts it and waits until it is ready. Files it needs are put into the folder first. */
  async start(
    program: "prometheus" | "prometheus-alertmanager",
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<void> {
    const [port] = await freePorts(1);
    this.address = `http://127.0.0.1:${port}`;
    const started = spawn(debian(program), [...args, `--web.listen-address=127.0.0.1:${port}`], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (text: Buffer) => (this.log += text.toString()));
    }
    await until(
      async () => {
        if (started.exitCode !== null) throw new Error(`${program} ended:\n${this.log}`);
        return (await fetch(`${this.address}/-/ready`).catch(() => undefined))?.ok;
      },
      () => `${program} did not get ready:\n${this.log}`,
    );
  }

  /** Its answer to a call. */
  async text(path: string, init?: RequestInit): Promise<string> {
    const response = await fetch(`${this.address}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return text;
  }

  /** Its answer to a call, as JSON. */
  async call(path: string, init?: RequestInit): Promise<any> {
    const text = await this.text(path, init);
    return text === "" ? undefined : JSON.parse(text);
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process && process.exitCode === null) {
      const ended = new Promise((resolve) => process.once("exit", resolve));
      process.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
