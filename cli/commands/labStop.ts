import { action, command } from "../kit/command.js";
import { defaultLab, labName } from "../kit/options.js";

export default command("stop", {
  summary: "Stops a lab that was kept, or what a crash left of one, and removes its files.",
  example: "npm run lab:stop -- --name mine",
  exits: ["it is stopped", "there is none of that name, it is being started, or something does not end"],
})
  .option("--name <name>", "name of the lab; where there is none, the others are listed", labName, defaultLab)
  .action(action(async (options) => (await import("../lab/command.js")).stopCommand(options)));
