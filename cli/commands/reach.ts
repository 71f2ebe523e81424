import { Option } from "@commander-js/extra-typings";
import { action, command } from "../kit/command.js";
import { stackOption } from "../kit/options.js";

const format = new Option("--format <name>", "how it is shown")
  .choices(["table", "mermaid", "svg", "json"] as const)
  .default("table" as const);

export default command("reach", {
  summary: "Shows who can reach whom, by the policies that a stack would have.",
  details: "It needs no cloud account and no cluster.",
  example: "npm run reach -- --from harbor/core",
  exits: ["shown", "a failure"],
})
  .addOption(stackOption("stack to look at"))
  .option("--from <pods>", "only what these pods reach: a namespace, or namespace/app")
  .addOption(format)
  .action(action(async (options) => (await import("../reach/command.js")).reachCommand(options)));
