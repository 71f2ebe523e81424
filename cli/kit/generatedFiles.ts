import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { hardeningPage } from "../../stacks/hardeningPage.js";
import { projectName } from "../../stacks/settings/index.js";
import { stackFileSchema } from "../../stacks/settings/jsonSchema.js";
import { settingsReference } from "../../stacks/settings/referencePage.js";
import { accessPage } from "../verify/checks/access/powersTable.js";
import { projectFolder } from "./toolchain/tool.js";

/** The command `settings-schema`. */
export async function writeSettingsSchema(): Promise<void> {
  const schema = JSON.stringify(stackFileSchema(projectName));
  await write("stacks/settings/settings.schema.json", schema, "json");
  await write("docs/reference/settings.md", settingsReference(projectName), "markdown");
}

/** The command `hardening-tables`. */
export function writeHardeningTables(): Promise<void> {
  return rewrite("docs/reference/hardening.md", hardeningPage);
}

/** The command `powers-table`. */
export function writePowersTable(): Promise<void> {
  return rewrite("docs/reference/access.md", accessPage);
}

/** @param made The page, made from the one that is there. */
function rewrite(page: string, made: (page: string) => string): Promise<void> {
  return write(page, made(readFileSync(join(projectFolder, page), "utf8")), "markdown");
}

async function write(file: string, text: string, parser: string): Promise<void> {
  writeFileSync(join(projectFolder, file), await format(text, { parser, printWidth: 110 }));
  process.stdout.write(`wrote ${file}\n`);
}
