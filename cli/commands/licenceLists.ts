import { action, command } from "../kit/command.js";

export default command("licence-lists", {
  summary: "Writes the licence list of each tool whose go.mod or go.sum has changed.",
  details:
    "The lists are tools/*/licences.json. The sources of the tools' dependencies are downloaded for it.",
  example: "npm run licence-lists",
  exits: ["written", "a failure"],
}).action(action(async () => (await import("../kit/toolchain/licences.js")).licenceListsCommand()));
