import { action, command } from "../kit/command.js";

export default command("node-versions", {
  summary: "Runs the unit, commands and plan suites on Node 20.19, 22 and 24.",
  details: "Each Node is installed from its npm package into .cache/node.",
  example: "npm run test:node-versions",
  exits: ["all passed", "a suite failed"],
}).action(action(async () => (await import("../test/nodeVersions.js")).nodeVersionsCommand()));
