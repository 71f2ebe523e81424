import { defaultLab } from "../kit/options.js";
import { UsageError } from "../kit/userError.js";
import { demandDocker } from "./kind/cluster.js";
import type { ProviderMode } from "./official/index.js";

export interface StartOptions {
  cluster: "simulated" | "kind";
  sudo?: boolean;
  keep?: boolean;
  name: string;
  stack: string;
  providers: ProviderMode;
  charts?: string;
  crds?: string;
}

/** The command `start`; returns false if a claim failed. What runs a cluster is loaded when it is known that it can. */
export async function startCommand(given: StartOptions): Promise<boolean> {
  const { cluster, sudo = false } = given;
  if (cluster === "kind") {
    demandKindOptions(given);
    await demandDocker();
    await (await import("./kind/command.js")).startOnKind(sudo);
    return true;
  }
  if (sudo) throw new UsageError("--sudo is for --cluster kind; nothing of a simulated cluster needs root");
  return (await import("./command.js")).startSimulated(given);
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
