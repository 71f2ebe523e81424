import { join } from "node:path";
import { clusterSecurity } from "../../stacks/clusterSecurity.js";
import { nodeFilesOf } from "../../stacks/sections/controlPlane.js";
import type { Settings } from "../../stacks/settings/index.js";
import type { WrittenFile } from "./cluster/kubeadm.js";
import type { EngineRequest } from "../plan/engine/engine.js";
import { errorsIn, objectionsIn, resourcesIn, type Operation } from "../plan/engine/events.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { openSession, type Session, type SessionOptions } from "./session.js";

/** How many resources an operation made, changed, left alone and so on. */
export type Counts = Record<Operation, number>;

/** The program with one stack's settings, on the state of a session. What does not succeed throws a UserError. */
export class Program {
  /** @param upProblem What keeps an `up` from beginning, asked for each. Default: nothing does. */
  constructor(
    private readonly session: Session,
    private readonly settings: Settings,
    private readonly upProblem: () => Promise<string | undefined> = () => Promise.resolve(undefined),
  ) {}

  /**
   * `pulumi up` of the stack, of all of it with the policy pack.
   *
   * @param targets As `--target` takes them. Default: everything.
   */
  async up(targets: string[] = []): Promise<Counts> {
    const problem = await this.upProblem();
    if (problem) throw new UserError(problem);
    // Of what is not among the targets the engine tells a policy pack nothing, which is against every policy.
    const policyPack = targets.length > 0 ? undefined : join(projectFolder, "policy");
    return this.run({ operation: "up", program: () => clusterSecurity(this.settings), policyPack, targets });
  }

  /** `pulumi refresh`: what differs between the state and the cluster counts as an update or a deletion. */
  refresh(): Promise<Counts> {
    return this.run({ operation: "refresh" });
  }

  /** `pulumi destroy`, of what is protected as well. */
  async destroy(): Promise<Counts> {
    await this.session.unprotect();
    return this.run({ operation: "destroy" });
  }

  private async run(request: EngineRequest): Promise<Counts> {
    const { succeeded, events } = await this.session.run(request);
    if (!succeeded) {
      const errors = [
        ...objectionsIn(events).map(({ policy, urn, message }) => `${policy}: ${urn}\n${message}`),
        ...errorsIn(events),
      ];
      throw new UserError(`pulumi ${request.operation} failed:\n${errors.join("\n")}`);
    }
    const counts: Counts = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
    for (const { operation } of resourcesIn(events)) counts[operation]++;
    return counts;
  }
}

/** @throws UserError when an operation did anything but leave all as it was. */
export function demandSame(counts: Counts, otherwise: string): void {
  const { create, update, replace, delete: deleted } = counts;
  if (create + update + replace + deleted > 0) throw new UserError(`${otherwise}: ${changed(counts)}`);
}

/** `112 created, 3 updated, 7 unchanged`. */
export function changed({ create, update, replace, delete: deleted, same }: Counts): string {
  const words: [number, string][] = [
    [create, "created"],
    [update, "updated"],
    [replace, "replaced"],
    [deleted, "deleted"],
    [same, "unchanged"],
  ];
  return words
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(", ");
}

/** What nodes are given, as the state holds it. */
interface StoredNodeFiles {
  nodeFiles: WrittenFile[];
  /** The archive for each node in base64, by the node's name. */
  nodeBundles: Record<string, string>;
}

/** The node files in the state; a state that has none yet is given them by the program's control plane alone. */
export async function nodeFiles(settings: Settings, options: SessionOptions): Promise<StoredNodeFiles> {
  const session = await openSession(options);
  const stored = async () => (await session.outputs()) as Partial<StoredNodeFiles>;
  try {
    const known = await stored();
    if (known.nodeFiles) return known as StoredNodeFiles;
    const { succeeded, events } = await session.run({
      operation: "up",
      program: () => {
        const { files, bundles } = nodeFilesOf(settings);
        return { nodeFiles: files, nodeBundles: bundles };
      },
    });
    if (!succeeded) throw new UserError(errorsIn(events).join("\n"));
    return (await stored()) as StoredNodeFiles;
  } finally {
    session.close();
  }
}
