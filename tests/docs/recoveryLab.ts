import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { stopLab } from "../../cli/lab/cluster/labControlPlane.js";
import { labPaths } from "../../cli/lab/cluster/paths.js";
import { forgetUserSettings } from "../../cli/plan/engine/folder.js";
import { silent } from "../../cli/kit/progress.js";
import { Lab } from "../../cli/lab/lab.js";
import type { LabControlPlane } from "../../cli/lab/cluster/labControlPlane.js";
import { startSealedSecrets } from "../../cli/lab/sealedSecrets/sealedSecrets.js";

/**
 * A cluster of the stack musashi that is made, lost and made again, with the state where its owner has it:
 *
 *   node --import tsx tests/docs/recoveryLab.ts create|lose|init|refresh|up [TARGET…]
 *
 * `init` is what `kubeadm init` does, from the files in the state. It prints what a step has done as JSON.
 */
const name = "recovery";
const paths = labPaths(name);
const owners = process.env["HOME"]!;
const [step, ...targets] = process.argv.slice(2);

/** The state and the passphrase are the owner's; the project's files, which Git has, are kept next to them. */
function link(): void {
  mkdirSync(paths.state, { recursive: true, mode: 0o700 });
  symlinkSync(join(owners, "state"), join(paths.state, "backend"));
  copyFileSync(join(owners, "passphrase"), join(paths.state, "passphrase"));
  for (const file of ["Pulumi.yaml", "Pulumi.musashi.yaml"])
    if (existsSync(join(owners, file))) copyFileSync(join(owners, file), join(paths.state, file));
}

async function perform(): Promise<unknown> {
  if (step === "lose") {
    await stopLab(name, { removeFiles: true });
    return {};
  }
  const starts = step === "create" || step === "init";
  if (starts) link();
  const lab = await Lab[starts ? "start" : "open"]({ name, stack: "musashi", keep: true, progress: silent });
  try {
    switch (step) {
      case "create":
      case "up": {
        const counts = await lab.up(targets);
        if (targets.length > 0) return counts;
        const sealing = await startSealedSecrets(lab.cluster as LabControlPlane, lab.binaries);
        if ("problem" in sealing) throw new Error(sealing.problem);
        for (const file of ["Pulumi.yaml", "Pulumi.musashi.yaml"])
          copyFileSync(join(paths.state, file), join(owners, file));
        return counts;
      }
      case "refresh":
        return await lab.refresh();
      default:
        return { ports: JSON.parse(readFileSync(paths.ports, "utf8")) as unknown };
    }
  } finally {
    await lab.release();
  }
}

forgetUserSettings();
try {
  process.stdout.write(`${JSON.stringify(await perform())}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
}
