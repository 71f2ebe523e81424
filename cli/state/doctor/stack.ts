import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { printedJson } from "../printedJson.js";

/** Runs the Pulumi CLI where a stack's project is; answers with what it printed. */
export type Pulumi = (args: string[], input?: string) => Promise<string>;

/** A resource as `pulumi stack export --show-secrets` writes it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  custom?: boolean;
  protect?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** What the engine was at when it ended. */
export interface PendingOperation {
  resource: StateResource;
  /** Such as creating, updating or deleting. */
  type: string;
}

export interface State {
  version: number;
  deployment: { resources?: StateResource[]; pending_operations?: PendingOperation[] } | null;
}

/** The state of a stack. Secrets come and go through pipes alone. */
export class Stack {
  constructor(
    private readonly pulumi: Pulumi,
    readonly project: string,
    readonly name: string,
  ) {}

  async state(): Promise<State> {
    const text = await this.pulumi(["stack", "export", "--show-secrets", "--stack", this.name]);
    return printedJson<State>(text, "pulumi stack export");
  }

  async replaceState(state: State): Promise<void> {
    await this.pulumi(["stack", "import", "--stack", this.name], JSON.stringify(state));
  }

  /** Finds out how these resources are. */
  async refresh(urns: readonly string[]): Promise<void> {
    const targets = urns.flatMap((urn) => ["--target", urn]);
    await this.pulumi(["refresh", "--yes", "--skip-preview", "--stack", this.name, ...targets]);
  }

  /** Takes away the locks of the state. */
  async cancel(): Promise<void> {
    await this.pulumi(["cancel", "--yes", "--stack", this.name]);
  }

  /** Locks of a state in a folder of this machine. Those of other backends are not looked at; a run names them. */
  async locks(): Promise<Lock[]> {
    const { url } = printedJson<{ url: string }>(await this.pulumi(["whoami", "--json"]), "pulumi whoami");
    if (!url.startsWith("file://")) return [];
    const folder = fileURLToPath(
      url.replace(/^file:\/\/~/, `file://${process.env["HOME"]}`).replace(/\?.*/, ""),
    );
    return locksIn(join(folder, ".pulumi", "locks", "organization", this.project, this.name));
  }
}

/** A lock, and whether the process that made it still runs; undefined where it is of another machine. */
export interface Lock {
  owner: string;
  runs: boolean | undefined;
}

/** Reads locks as Pulumi writes them (https://github.com/pulumi/pulumi/blob/v3.248.0/pkg/backend/diy/lock.go). */
export function locksIn(folder: string): Lock[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const lock = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
        pid: number;
        username: string;
        hostname: string;
        timestamp: string;
      };
      const owner = `${lock.username}@${lock.hostname} (pid ${lock.pid}) at ${lock.timestamp}`;
      return { owner, runs: lock.hostname === hostname() ? isRunning(lock.pid) : undefined };
    });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, and is another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
