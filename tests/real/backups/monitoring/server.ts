import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debian } from "../../../../cli/test/packages.js";

/** A port of the loopback interface that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Calls until there is an answer that is not undefined. Fails with the text when there is none in 30 seconds. */
export async function eventually<T>(
  what: () => string,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(what());
}

/** Prometheus or Alertmanager, as a process of its own with a folder of its own. */
export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "monitoring-"));
  private process: ChildProcess | undefined;
  private log = "";
  private address = "";

  /** Starts it and waits until it is ready. Files it needs are put into the folder first. */
  async start(program: "prometheus" | "prometheus-alertmanager", args: readonly string[]): Promise<void> {
    const port = await freePort();
    this.address = `http://127.0.0.1:${port}`;
    const started = spawn(debian(program), [...args, `--web.listen-address=127.0.0.1:${port}`], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (text: Buffer) => (this.log += text.toString()));
    }
    await eventually(
      () => `${program} did not get ready:\n${this.log}`,
      async () => {
        if (started.exitCode !== null) throw new Error(`${program} ended:\n${this.log}`);
        const ready = await fetch(`${this.address}/-/ready`).catch(() => undefined);
        return ready?.ok ? true : undefined;
      },
    );
  }

  /** Its answer to a call, as JSON. */
  async call(path: string, init?: RequestInit): Promise<any> {
    const response = await fetch(`${this.address}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
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
