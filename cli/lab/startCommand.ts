import { defaultLab } from "../kit/options.js";
import { UsageError } from "../kit/userError.js";
import { demandDocker } from "./kind/cluster.js";
import { demandMachine } from "./node/requirements.js";
import type { ProviderMode } from "./official/index.js";

export interface StartOptions {
  cluster: "simulated" | "node" | "kind";
  nodes?: number;
  sudo?: boolean;
  keep?: boolean;
  name: string;
  stack: string;
  providers: ProviderMode;
  charts?: string;
  crds?: string;
}

/** A start whose cluster this program runs itself. */
export type LocalOptions = StartOptions & { cluster: "simulated" | "node" };

/** The command `start`; returns false if a claim failed. What runs a cluster is loaded when it is known that it can. */
export async function startCommand(given: StartOptions): Promise<boolean> {
  const { cluster, nodes, sudo = false } = given;
  if (nodes !== undefined && cluster !== "node")
    throw new UsageError("--nodes is for --cluster node; the other clusters have one node");
  if (cluster === "kind") {
    demandKindOptions(given);
    await demandDocker();
    await (await import("./kind/command.js")).startOnKind(sudo);
    return true;
  }
  if (sudo)
    throw new UsageError("--sudo is for --cluster kind; the others verify as the user who starts them");
  if (cluster === "node") {
    if (given.providers === "official") {
      throw new UsageError(
        "--providers official: not with --cluster node, whose pods can have no images but its own",
      );
    }
    demandMachine(nodes);
    return startLocal({ ...given, cluster, providers: "stand-in" });
  }
  return startLocal({ ...given, cluster });
}

async function startLocal(given: LocalOptions): Promise<boolean> {
  return (await import("./command.js")).startLocal(given);
}

/** @throws UsageError for options that a kind cluster would not follow. Their defaults are what it does anyway. */
function demandKindOptions({ keep, name, stack, providers, charts, crds }: StartOptions): void {
  const ignored = Object.entries({
    "--keep": keep,
    "--name": name !== defaultLab,
    "--stack": stack !== "lab",
    "--providers": providers === "stand-in",
    "--charts": charts,
    "--crds": crds,
  }).flatMap(([option, isGiven]) => (isGiven ? option : []));
  if (ignored.length === 0) return;
  throw new UsageError(
    `${ignored.join(", ")}: not with --cluster kind, which has one cluster, the settings of the stack lab and the real ` +
      "plugins and charts, and takes everything away again",
  );
}
