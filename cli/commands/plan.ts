import { action, command } from "../kit/command.js";
import { chartFolder, folder, stackOption } from "../kit/options.js";

export default command("plan", {
  summary: "Plans a stack in the real Pulumi engine, with no cloud account, no cluster and no passphrase.",
  example: "npm run plan -- --stack musashi --base HEAD",
  exits: ["planned", "violations or a failure"],
})
  .addOption(stackOption("stack to plan"))
  .option("--base <ref>", "Git ref to compare with: shows what this tree would change")
  .option("--json", "prints {summary, resources, violations, charts} instead of the tree")
  .option(
    "--crds <folder>",
    "CustomResourceDefinitions in YAML; custom resources are checked against them. Default: those that npm run tools has fetched",
    folder,
  )
  .option(
    "--charts <folder>",
    "chart archives, <chart>-<version>.tgz; they are rendered and judged, as are those that npm run tools has fetched",
    chartFolder,
  )
  .action(action(async (options) => (await import("../plan/command.js")).planCommand(options)));
