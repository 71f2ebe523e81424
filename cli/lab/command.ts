import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { stopLab } from "./cluster/controlPlane.js";
import { labPaths } from "./cluster/paths.js";
import { forgetUserSettings } from "../plan/engine/folder.js";
import { providerModes, type ProviderMode } from "./official/index.js";
import { progressOn } from "../kit/progress.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { endOnSignals, type Ending } from "./ending.js";
import { startLab } from "./start.js";

const startUsage = `Usage: npm start -- [options]

Brings up a real Kubernetes control plane on this machine, applies the whole stack to it, proves the page's claims, and
takes everything away again. No cloud account, no root, no containers; Linux only.

  --keep             leave the cluster running, and say how to use it
  --name <name>      name of the lab (default: default); labs of different names run side by side
  --stack <name>     stack whose settings it has (default: lab)
  --providers <mode> auto: Pulumi's own provider plugins as far as they are on this machine or can be downloaded (some
                     hundred megabytes, once), stand-ins for the others; official: nothing but those plugins; stand-in:
                     none of them (default: auto). Resources of Oracle Cloud are recorded by a stand-in in every mode
  --charts <folder>  chart archives, <chart>-<version>.tgz, for the stand-in; without them releases are recorded. The
                     official kubernetes plugin takes charts from their repositories alone
  --crds <folder>    CustomResourceDefinitions in YAML
  --help             prints this

Exit status: 0 every claim that could be checked is proved, 1 one failed or something broke, 2 wrong usage.
`;

const stopUsage = `Usage: npm run lab:stop -- [--name <name>]

Stops a lab that was kept, or what a crash left of one, and removes its files.
`;

/** Data that may lie beside the checkout, used without being asked for. */
const besideCrds = join(projectFolder, "../shared/data/crds");

/** The command `start`. */
export async function startCommand(args: string[]): Promise<number> {
  const options = {
    keep: { type: "boolean", default: false },
    name: { type: "string", default: "default" },
    stack: { type: "string", default: "lab" },
    providers: { type: "string", default: "auto" },
    charts: { type: "string" },
    crds: { type: "string" },
    help: { type: "boolean", default: false },
  } as const;
  let ending: Ending | undefined;
  const status = await guarded(
    startUsage,
    async () => {
      const given = parseArgs({ args, options }).values;
      if (given.help) return print(startUsage);
      if (process.platform !== "linux")
        throw new UserError("The lab runs on Linux only. A plan runs anywhere: npm run plan");
      forgetUserSettings();
      const progress = await progressOn(process.stderr);
      const name = labName(given.name);
      ending = endOnSignals(name);
      const { holds } = await startLab(
        {
          name,
          stack: given.stack,
          keep: given.keep,
          providers: providerMode(given.providers),
          charts: folder("--charts", given.charts),
          crds: folder("--crds", given.crds) ?? (existsSync(besideCrds) ? besideCrds : undefined),
          progress,
        },
        (line) => process.stdout.write(`${line}\n`),
      );
      return holds ? 0 : 1;
    },
    () => ending?.begun ?? false,
  );
  // The signal ends this process, once everything is stopped.
  return ending?.begun ? new Promise(() => {}) : status;
}

/** The command `lab:stop`. */
export async function stopCommand(args: string[]): Promise<number> {
  const options = {
    name: { type: "string", default: "default" },
    help: { type: "boolean", default: false },
  } as const;
  return guarded(stopUsage, async () => {
    const { name, help } = parseArgs({ args, options }).values;
    if (help) return print(stopUsage);
    const { root, failureLogs } = labPaths(labName(name));
    const there = existsSync(root) || existsSync(failureLogs);
    await stopLab(name, { removeFiles: true });
    rmSync(failureLogs, { recursive: true, force: true });
    return print(there ? `lab ${name} is stopped and removed\n` : `there is no lab ${name}\n`);
  });
}

/** @param isEnding True when what fails does so because everything is being stopped. Default: never. */
async function guarded(
  usage: string,
  command: () => Promise<number>,
  isEnding = () => false,
): Promise<number> {
  try {
    return await command();
  } catch (error) {
    // A Ctrl-C ends what this process waits for before this process hears of it.
    await sleep(50);
    if (isEnding()) return 1;
    if ((error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS")) {
      process.stderr.write(`${(error as Error).message}\n\n${usage}`);
      return 2;
    }
    // What a server or the engine said is in the message; where in our code it was caught helps nobody.
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function labName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,40}$/.test(name)) return name;
  throw new UserError(`--name ${name}: a name consists of a-z, 0-9 and -, at most 41 of them`);
}

function providerMode(given: string): ProviderMode {
  const mode = providerModes.find((mode) => mode === given);
  if (mode) return mode;
  throw new UserError(`--providers ${given}: it is one of ${providerModes.join(", ")}`);
}

function folder(option: string, given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (existsSync(given)) return resolve(given);
  throw new UserError(`${option} ${given}: there is no such folder`);
}
