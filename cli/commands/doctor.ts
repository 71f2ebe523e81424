import { action, command } from "../kit/command.js";
import { stackOption } from "../kit/options.js";

export default command("doctor", {
  summary:
    "Finds what a killed pulumi up, or the time, has left, and mends it (docs/guides/after-a-killed-up.md).",
  details:
    "Releases that Helm takes for unfinished, interrupted operations in the state with what they made, locks of runs that have ended, an expired client certificate. It reads the state with your own Pulumi settings, and prints no value of it.",
  example: "npm run doctor -- --stack musashi --kubeconfig ~/.kube/config",
  exits: ["nothing is found, or all of it is mended", "something is left"],
})
  .addOption(stackOption("whose state"))
  .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
  .option(
    "--context <name>",
    "of the kubeconfig; default: cluster.context of the settings, else the kubeconfig's own",
  )
  .option("--fix", "mends what needs no decision")
  .option("--json", "prints [{kind, what, mend, mended}]")
  .action(action(async (options) => (await import("../state/doctor/command.js")).doctorCommand(options)));
