import { action, command } from "../kit/command.js";
import { chartFolder } from "../kit/options.js";

export default command("chart-objects", {
  summary: "Writes the names of the charts' objects to components/common/chart-objects/.",
  details:
    "It renders every chart with the values of every stack. A plan compares the objects with the program's own where the charts themselves are not at hand.",
  example: "npm run chart-objects -- --charts ../charts",
  exits: ["written", "a chart is missing or cannot be rendered"],
})
  .requiredOption(
    "--charts <folder>",
    "archives of all charts in their pinned versions, <chart>-<version>.tgz",
    chartFolder,
  )
  .action(action(async (options) => (await import("../plan/chartObjects.js")).chartObjectsCommand(options)));
