import { action, command } from "../kit/command.js";

export default command("powers-table", {
  summary: "Writes the table of powers in docs/reference/access.md, from the rows that verify compares with.",
  example: "npm run powers-table",
  exits: ["written", "a failure"],
}).action(action(async () => (await import("../kit/generatedFiles.js")).writePowersTable()));
