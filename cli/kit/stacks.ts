import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isScalar, LineCounter, parseAllDocuments, visit, type Document } from "yaml";
import { UserError } from "./userError.js";

/** Names of the stacks in a project's folder: each has a file Pulumi.<stack>.yaml. */
export function stacksIn(root: string): string[] {
  return readdirSync(root)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/**
 * Returns the path of a stack's file.
 *
 * @throws UserError when there is no such stack.
 */
export function stackFile(root: string, stack: string): string {
  const stacks = stacksIn(root);
  if (stacks.includes(stack)) return join(root, `Pulumi.${stack}.yaml`);
  const name = /^(?:.*\/)?Pulumi\.(.+)\.ya?ml$/.exec(stack)?.[1] ?? stack;
  if (stacks.includes(name))
    throw new UserError(`"${stack}" is the file of a stack; give the stack's name, ${name}`);
  throw new UserError(
    `there is no stack "${name}" (Pulumi.${name}.yaml); there are ${stacks.join(", ") || "none"}`,
  );
}

/**
 * Reads the configuration in a stack's file. Nothing is decrypted.
 *
 * @throws UserError when there is no such stack, or its file is no YAML or has no configuration.
 */
export function stackConfig(root: string, stack: string): Record<string, unknown> {
  const text = readFileSync(stackFile(root, stack), "utf8");
  const problem = (what: string) => new UserError(`Pulumi.${stack}.yaml:\n  ${what}`);
  const config = (contentOf(text, problem) as { config?: unknown } | null)?.config;
  if (Array.isArray(config))
    throw problem("config: is a list. Settings are a group; take the dash in front of each one out.");
  if (typeof config !== "object" || config === null)
    throw problem("config: is missing. It holds the settings.");
  return config as Record<string, unknown>;
}

/** Plain text that Pulumi reads by rules of YAML 1.1, and others by those of 1.2. */
const readOtherwise = /^([-+]?(0\d[\d_]*|\d+_[\d_]*|0b[01_]+)|\d{4}-\d\d?-\d\d?([Tt ].*)?)$/;

/** What a file with one YAML document holds. Messages quote nothing of it: there may be secrets. */
function contentOf(text: string, problem: (what: string) => UserError): unknown {
  const lineCounter = new LineCounter();
  const [document, second] = parseAllDocuments(text, { lineCounter, logLevel: "error" }) as Document.Parsed[];
  if (document === undefined) return null;
  const lineOf = (offset: number) => lineCounter.linePos(offset).line;
  const [error] = document.errors;
  // The first line says what and where; what stands behind a colon or a backslash in it, and the other lines, quote the file.
  if (error)
    throw problem(error.message.split("\n")[0]!.replace(/(:| \\).*?(?= at line \d+, column \d+:$)|:$/g, ""));
  // YAML 1.1 has yes and off for true and false. Pulumi's reader keeps to 1.2 in this, whatever the directive says.
  if (document.directives.yaml.version === "1.1")
    throw problem("is said to be of YAML 1.1, by which yes and no are no text; take the line %YAML 1.1 out");
  if (second) throw problem(`is one document; take the --- in line ${lineOf(second.range[0])} out`);
  visit(document, {
    Scalar(_, { type, source = "", range }) {
      if (type !== "PLAIN" || !readOtherwise.test(source)) return;
      throw problem(
        `line ${lineOf(range![0])}: without quotes, pulumi up reads this value as another one, as it does octal numbers, 1_000 and dates; put text and dates in quotes, and write a number in plain digits`,
      );
    },
    // JavaScript has another meaning for it, and would leave it out without a word.
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== "__proto__") return;
      throw problem(`line ${lineOf(key.range![0])}: __proto__ is no name of a setting`);
    },
    Alias(_, alias, path) {
      const meant = alias.resolve(document);
      if (meant && path.some((node) => node === meant))
        throw problem(`line ${lineOf(alias.range![0])}: an alias stands for what it is a part of itself`);
      if (meant) return;
      // Its name is not shown: it may be a password that begins with *.
      throw problem(
        `line ${lineOf(alias.range![0])}: text that begins with * stands for an anchor (&), and none of that name is set before it; where the text itself is meant, put it in quotes`,
      );
    },
  });
  try {
    return document.toJS();
  } catch {
    throw problem("its aliases stand for too many values; write out what is meant");
  }
}
