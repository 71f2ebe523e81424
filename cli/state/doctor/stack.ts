import { rmSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../kit/toolchain/tool.js";
import { UserError } from "../../kit/userError.js";
import { printedJson } from "../pulumiCli.js";
import type { StackExport } from "../stackExport.js";
import { locksIn, stateFolder, type Lock } from "./locks.js";

/** Runs the Pulumi CLI where a stack's project is; answers with what it printed. */
export type Pulumi = (args: string[], input?: string) => Promise<string>;

/** The state of a stack. Secrets come and go through pipes alone. */
export class Stack {
  constructor(
    private readonly pulumi: Pulumi,
    readonly project: string,
    readonly name: string,
  ) {}

  async state(): Promise<StackExport> {
    const text = await this.pulumi(["stack", "export", "--show-secrets", "--stack", this.name]);
    return printedJson<StackExport>(text, "pulumi stack export");
  }

  async replaceState(state: StackExport): Promise<void> {
    await this.pulumi(["stack", "import", "--stack", this.name], JSON.stringify(state));
  }

  /** Finds out how these resources are. */
  async refresh(urns: readonly string[]): Promise<void> {
    const targets = urns.flatMap((urn) => ["--target", urn]);
    await this.pulumi(["refresh", "--yes", "--skip-preview", "--stack", this.name, ...targets]);
  }

  /**
   * Writes the state as it is, which Pulumi refuses while somebody else works on the stack, whatever the backend. Interrupted
   * operations stay in it, which `pulumi stack import` would forget.
   *
   * @throws UserError where the stack is locked.
   */
  async demandUnlocked(): Promise<void> {
    const { deployment } = await this.state();
    const resources = (deployment?.resources ?? []).filter((resource) => !resource.delete);
    const resource = resources.find(({ protect }) => !protect) ?? resources[0];
    if (!resource) throw new UserError(`the state of ${this.name} is empty, so nothing in it can be mended`);
    const command = resource.protect ? "protect" : "unprotect";
    await this.pulumi(["state", command, resource.urn, "--yes", "--stack", this.name]);
  }

  /** Locks of a state in a folder of this machine. Those of other backends are not looked at; a run names them. */
  async locks(): Promise<Lock[]> {
    const { url } = printedJson<{ url: string }>(await this.pulumi(["whoami", "--json"]), "pulumi whoami");
    const folder = stateFolder(url, projectFolder);
    if (folder === undefined) return [];
    return locksIn(join(folder, ".pulumi", "locks", "organization", this.project, this.name));
  }

  /**
   * Removes one lock, and no other one.
   *
   * @throws UserError if the stack is locked by a process that may run.
   */
  async unlock(lock: Lock): Promise<void> {
    const locks = await this.locks();
    const isSame = locks.some(({ file, owner }) => file === lock.file && owner === lock.owner);
    if (!isSame || locks.some(({ runs }) => runs !== false)) {
      throw new UserError(`the locks of ${this.name} have changed meanwhile. Try again.`);
    }
    rmSync(lock.file);
  }
}
