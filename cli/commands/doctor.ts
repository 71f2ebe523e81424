import { action, command } from "../kit/command.js";
import { stackOption } from "../kit/options.js";

export default command("doctor", {
  summary:
    "Finds and repairs what an interrupted pulumi up leaves behind (docs/guides/after-a-killed-up.md).",
  details:
    "Looks for unfinished Helm releases, interrupted operations in the state and what they created, stale locks of the state, a stale Lease of cluster-security-apply, and an expired client certificate. Reads the state with your own Pulumi settings and prints none of its values.",
  example: "npm run doctor -- --stack musashi --kubeconfig ~/.kube/config",
  exits: ["nothing found, or everything repaired", "something is left to decide"],
})
  .addOption(stackOption("whose state"))
  .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
  .option(
    "--context <name>",
    "context of the kubeconfig; default: cluster.context of the settings, else the current one",
  )
  .option("--fix", "repairs what needs no decision")
  .option("--json", "prints [{kind, what, mend, mended}]")
  .action(action(async (options) => (await import("../state/doctor/command.js")).doctorCommand(options)));
