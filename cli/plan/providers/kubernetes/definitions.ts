import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { schemaFailures } from "../schema.js";
import type { Failure, Values } from "../standIn.js";

/**
 * Texts of the CustomResourceDefinitions in a folder of YAML files, as projects publish them, by group and kind.
 *
 * @param folder Absent or missing: no definition is at hand.
 */
export function definitionTexts(folder: string | undefined): Map<string, string> {
  const texts = new Map<string, string>();
  if (!folder || !existsSync(folder)) return texts;
  for (const file of readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()) {
    for (const text of readFileSync(join(folder, file), "utf8").split(/^---.*$/m)) {
      const group = /^ {2}group: *["']?([\w.-]+)/m.exec(text)?.[1];
      const kind = /^ {4}kind: *["']?(\w+)/m.exec(text)?.[1];
      if (group && kind) texts.set(`${group}/${kind}`, text);
    }
  }
  return texts;
}

/** The definitions in a folder; one that nobody asks for is never parsed. */
export class DefinitionSchemas {
  private readonly texts: ReadonlyMap<string, string>;
  private readonly parsed = new Map<string, Values>();

  /**
   * @param folder As {@link definitionTexts} takes it.
   * @param cache Folder for what has been parsed; parsing one large definition takes a fifth of a second.
   */
  constructor(
    folder: string | undefined,
    private readonly cache: string,
  ) {
    this.texts = definitionTexts(folder);
  }

  /**
   * Checks a custom resource as the API server would: strictly, so that a misspelt property is refused. Rules written
   * in CEL are not evaluated. Undefined where the definition is not at hand.
   */
  failures(object: Values): Failure[] | undefined {
    const [group, version] = (object["apiVersion"] as string).split("/");
    const definition = this.definition(`${group}/${object["kind"]}`);
    if (!definition) return undefined;
    const versions = definition["spec"].versions as Values[];
    const served = versions.find(({ name }) => name === version);
    if (!served) {
      const names = versions.map(({ name }) => name as string).join(", ");
      return [{ property: "apiVersion", reason: `must be of ${group} in version ${names}` }];
    }
    const { properties, ...rest } = served["schema"].openAPIV3Schema as Values;
    // The API server itself checks what every object has.
    const common = { apiVersion: {}, kind: {}, metadata: { type: "object" } };
    return schemaFailures({ ...rest, properties: { ...properties, ...common } }, object, { strict: true });
  }

  private definition(name: string): Values | undefined {
    const text = this.texts.get(name);
    if (text === undefined) return undefined;
    const known = this.parsed.get(name) ?? this.fromCache(text);
    this.parsed.set(name, known);
    return known;
  }

  private fromCache(text: string): Values {
    const file = join(this.cache, `${createHash("sha256").update(text).digest("hex")}.json`);
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Values;
    const definition = parse(text) as Values;
    mkdirSync(this.cache, { recursive: true });
    // Renamed into place, so that another plan never reads half of it.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(definition));
    renameSync(`${file}.${process.pid}`, file);
    return definition;
  }
}
