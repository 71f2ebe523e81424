import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { hardeningPage } from "../../stacks/hardeningPage.js";
import { projectName } from "../../stacks/settings/index.js";
import { stackFileSchema } from "../../stacks/settings/jsonSchema.js";
import { projectFolder } from "./toolchain/tool.js";

/** The command `settings-schema`. */
export function writeSettingsSchema(): Promise<void> {
  const schema = JSON.stringify(stackFileSchema(projectName));
  return write("stacks/settings/settings.schema.json", schema, "json");
}

/** The command `hardening-tables`. */
export function writeHardeningTables(): Promise<void> {
  const page = "docs/hardening.md";
  return write(page, hardeningPage(readFileSync(join(projectFolder, page), "utf8")), "markdown");
}

async function write(file: string, text: string, parser: string): Promise<void> {
  writeFileSync(join(projectFolder, file), await format(text, { parser, printWidth: 110 }));
  process.stdout.write(`wrote ${file}\n`);
}
