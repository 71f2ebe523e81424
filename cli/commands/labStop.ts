import { action, command } from "../kit/command.js";
import { labName } from "../kit/options.js";

export default command("stop", {
  summary: "Stops a lab that was kept, or what a crash left of one, and removes its files.",
  example: "npm run lab:stop -- --name mine",
  exits: ["it is stopped, or there is none", "something does not end"],
})
  .option("--name <name>", "name of the lab", labName, "default")
  .action(action(async (options) => (await import("../lab/command.js")).stopCommand(options)));
