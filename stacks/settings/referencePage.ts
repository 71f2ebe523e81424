import { stackFileSchema } from "./jsonSchema.js";

/** The part of JSON Schema that the settings use. */
interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  propertyNames?: Schema;
  additionalProperties?: Schema | false;
  anyOf?: Schema[];
}

/** Returns docs/reference/settings.md, in Markdown that still has to be formatted. */
export function settingsReference(projectName: string): string {
  const { config } = (stackFileSchema(projectName) as Schema).properties!;
  const groups = Object.entries(config!.properties!).map(([key, schema]) => {
    const name = key.slice(projectName.length + 1);
    const required = config!.required!.includes(key) ? " Required." : "";
    const own = schema.properties ? [] : [row(name, schema, false)];
    return `## ${name}\n\n${schema.description}${required}\n\n${table([...own, ...rowsBelow(name, schema)])}`;
  });
  return `${introduction(projectName)}\n${groups.join("\n")}`;
}

function introduction(projectName: string): string {
  return `# Settings

Every setting of an environment. A setting \`network.hubble\` is written in \`Pulumi.<stack>.yaml\` as

\`\`\`yaml
config:
  ${projectName}:network:
    hubble: true
\`\`\`

\`[]\` stands for each entry of a list, \`<name>\` for a name that you choose. "Required" means required where the object
around it is given. A secret is set with \`pulumi config set --secret\` and is encrypted in the file. Unknown keys are
errors.

\`npm run settings-schema\` writes this page from \`stacks/settings/\`; a test fails if it is not current.
`;
}

function table(rows: string[]): string {
  const head = "| setting | type | default | what it does | example |\n| --- | --- | --- | --- | --- |";
  return `${[head, ...rows].join("\n")}\n`;
}

/** Rows of everything inside a setting, with the setting itself left out. */
function rowsBelow(path: string, schema: Schema): string[] {
  const required = schema.required ?? [];
  const inner = schema.items ?? (schema.additionalProperties || undefined);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
      row(`${path}.${key}`, value, required.includes(key)),
      ...(isSecret(value) ? [] : rowsBelow(`${path}.${key}`, value)),
    ]),
    ...(inner ? rowsBelow(schema.items ? `${path}[]` : `${path}.<name>`, inner) : []),
    ...(schema.anyOf ?? []).flatMap((choice) => (choice.properties ? rowsBelow(path, choice) : [])),
  ];
}

function row(path: string, schema: Schema, required: boolean): string {
  // A default that depends on other settings is the last sentence of the description, but for the form of a secret.
  const [, text, inWords, form] = /^(.*?)(?: ?Default: (.+?)\.)?(?: Secret: (.+)\.)?$/.exec(
    schema.description ?? "",
  )!;
  const fixed = schema.default === undefined || schema.properties ? undefined : code(schema.default);
  const value = inWords ?? fixed ?? (required ? "required" : "");
  const what = form ? `${text} Form: ${form}.` : text!;
  const cells = [code(path), typeOf(schema), inText(value), inText(what), exampleOf(schema)];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function typeOf(schema: Schema): string {
  if (isSecret(schema)) return "secret";
  if (schema.anyOf) return "text or object";
  if (schema.enum) return schema.enum.map(code).join(", ");
  if (schema.items) return `list: ${typeOf(schema.items)}`;
  if (schema.additionalProperties) {
    const names = schema.propertyNames?.enum;
    return `map: ${typeOf(schema.additionalProperties)}${names ? `; names: ${names.map(code).join(", ")}` : ""}`;
  }
  if (schema.type === "integer") return `integer, ${rangeOf(schema)}`;
  return schema.type === "string" ? "text" : schema.type!;
}

function rangeOf({ minimum, maximum }: Schema): string {
  const unlimited = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  return unlimited ? `at least ${minimum}` : `${minimum} to ${maximum}`;
}

/** An example from the schema, else a value that differs from the default; empty for objects and secrets. */
function exampleOf(schema: Schema): string {
  const [example] = schema.examples ?? [];
  if (example !== undefined) return code(example);
  if (schema.items && schema.items.type === "string") {
    const item = schema.items.examples?.[0] ?? schema.items.enum?.[0];
    return item === undefined ? "" : code([item]);
  }
  if (schema.enum) return code(schema.enum.find((value) => value !== schema.default));
  if (schema.type === "boolean") return code(schema.default !== true);
  const isScalar = schema.type === "integer" || schema.type === "string";
  return isScalar && schema.default !== undefined ? code(schema.default) : "";
}

function isSecret({ anyOf }: Schema): boolean {
  return anyOf?.some(({ properties }) => properties !== undefined && "secure" in properties) ?? false;
}

/** A placeholder such as <zone> is text, not HTML. */
const inText = (words: string): string => words.replaceAll("<", "&lt;");

const code = (value: unknown): string => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
