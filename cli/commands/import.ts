import { action, command } from "../kit/command.js";
import { stackOption } from "../kit/options.js";

export default command("import", {
  summary: "Imports what exists already into a stack's state, with the values of Helm releases as secrets.",
  details:
    "Otherwise it does what pulumi import --file does. Needs what pulumi needs: the backend, its passphrase, the kubeconfig and the credentials of the clouds.",
  example: "npm run import -- --stack musashi --file import.json",
  exits: ["imported", "a failure (the state is what it was)"],
})
  .option("--file <file>", "what npm run import-file wrote", "import.json")
  .addOption(stackOption("whose state"))
  .action(action(async (options) => (await import("../state/importCommand.js")).importCommand(options)));
