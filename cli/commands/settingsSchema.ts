import { action, command } from "../kit/command.js";

export default command("settings-schema", {
  summary: "Writes the JSON Schema that editors use, from the schema the program parses with.",
  details: "The file is stacks/settings/settings.schema.json.",
  example: "npm run settings-schema",
  exits: ["written", "a failure"],
}).action(action(async () => (await import("../kit/generatedFiles.js")).writeSettingsSchema()));
