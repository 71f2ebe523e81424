import { action, command } from "../kit/command.js";

export default command("list", {
  summary: "Lists the labs of this checkout: those that run, and the files of those that do not.",
  example: "npm run lab:list",
  exits: ["listed", "a failure"],
})
  .option("--json", "prints [{name, state, holder, kubeconfig}]; state is starting, running or stopped")
  .action(action(async (options) => (await import("../lab/command.js")).listCommand(options)));
