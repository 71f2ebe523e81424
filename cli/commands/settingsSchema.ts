import { action, command } from "../kit/command.js";

export default command("settings-schema", {
  summary:
    "Writes the JSON Schema that editors use and the settings reference, from the schema the program parses with.",
  details: "The files are stacks/settings/settings.schema.json and docs/reference/settings.md.",
  example: "npm run settings-schema",
  exits: ["written", "a failure"],
}).action(action(async () => (await import("../kit/generatedFiles.js")).writeSettingsSchema()));
