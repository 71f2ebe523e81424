import { action, command } from "../kit/command.js";
import { stackOption } from "../kit/options.js";

export default command("node-files", {
  summary: "Writes what a control-plane node is given, for cloud-init or Ansible.",
  details:
    "The files are those in the state, so it needs what pulumi needs. Before the first pulumi up they are rendered from the settings.",
  example: "npm run node-files -- --stack musashi --out ~/node-files.tar",
  exits: ["everything is written", "nothing is"],
})
  .requiredOption(
    "--out <file>",
    "archive that cluster-security-apply takes (docs/guides/node-files.md); with several nodes one for each, with its name: node-files.tar becomes node-files-a.tar. Only its owner can read it, and it must not lie in a Git work tree: the keys of etcd are in it",
  )
  .addOption(stackOption("whose state or settings"))
  .action(
    action(async (options) => (await import("../state/nodeFiles/command.js")).nodeFilesCommand(options)),
  );
