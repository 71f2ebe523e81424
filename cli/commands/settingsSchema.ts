import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { projectName } from "../../stacks/settings/index.js";
import { stackFileSchema } from "../../stacks/settings/jsonSchema.js";

/** `npm run settings-schema`: writes the JSON Schema that editors use, from the schema the program parses with. */
const file = new URL("../../stacks/settings/settings.schema.json", import.meta.url);
writeFileSync(
  file,
  await format(JSON.stringify(stackFileSchema(projectName)), { parser: "json", printWidth: 110 }),
);
console.log("wrote stacks/settings/settings.schema.json");
