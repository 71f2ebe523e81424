import { projectFolder } from "../kit/toolchain/tool.js";
import type { Progress } from "../kit/progress.js";
import { stackFile } from "../kit/stacks.js";
import { isExportedSecret, isMap } from "../plan/providers/values.js";
import { printedJson, pulumi, userPulumi } from "./pulumiCli.js";
import type { StackExport } from "./stackExport.js";

/** A resource as a state holds it, secrets in plain. */
export interface StoredResource {
  urn: string;
  type: string;
  inputs: Record<string, unknown>;
  /** Whether the resource's id, which a state holds in plain, is one of its secrets. */
  showsSecret: boolean;
  /** Whether it has a secret, for which the state had to be opened. */
  holdsSecret: boolean;
}

/** What a stack's state holds, read with the user's own Pulumi settings: backend, passphrase or key service. */
export interface StackState {
  /** Whether it holds no resource; what opens its secrets is not asked for. */
  isEmpty(): Promise<boolean>;
  resources(): Promise<StoredResource[]>;
  /** An output in plain; undefined where the stack has none of that name. */
  output(name: string): Promise<unknown>;
  /** Address of where the state lies, such as `file:///home/me/state`. */
  backend(): Promise<string>;
  /** The stack's configuration in plain. */
  config(): Promise<Record<string, unknown>>;
}

/**
 * The state of a stack of the project. Secrets go through pipes, never into a file.
 *
 * @throws UserError with what the Pulumi CLI says, such as that there is no such stack or that the passphrase is wrong.
 */
export async function stackState(stack: string, progress: Progress): Promise<StackState> {
  stackFile(projectFolder, stack);
  const cli = await userPulumi(progress);
  const ofStack = ["--stack", stack, "--show-secrets"];
  const exported = async (...options: string[]) =>
    ((await read("stack", "export", ...options)) as StackExport).deployment?.resources ?? [];
  const read = async (...args: string[]): Promise<unknown> =>
    printedJson(await pulumi(cli, args, { cwd: projectFolder, env: process.env }), `pulumi ${args[0]}`);
  return {
    async isEmpty() {
      return (await exported("--stack", stack)).length === 0;
    },
    async resources() {
      return (await exported(...ofStack)).map(({ urn, type, id = "", inputs = {}, outputs }) => ({
        urn,
        type,
        inputs: inPlain(inputs) as Record<string, unknown>,
        showsSecret: id !== "" && secretTexts(outputs).includes(id),
        holdsSecret: secretTexts([inputs, outputs]).length > 0,
      }));
    },
    async config() {
      const config = (await read("config", "--json", ...ofStack)) as Record<string, { value: string }>;
      return Object.fromEntries(Object.entries(config).map(([key, { value }]) => [key, value]));
    },
    async backend() {
      return ((await read("whoami", "--json")) as { url: string }).url;
    },
    async output(name) {
      return ((await read("stack", "output", "--json", ...ofStack)) as Record<string, unknown>)[name];
    },
  };
}

/** Values as the program gave them: an exported secret has its value as JSON next to the mark. */
export function inPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inPlain);
  if (!isMap(value)) return value;
  if (isExportedSecret(value)) return inPlain(JSON.parse(value.plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inPlain(inner)]));
}

/** Texts that are secrets by themselves, at any depth. */
function secretTexts(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return isExportedSecret(value) ? [JSON.parse(value.plaintext)] : Object.values(value).flatMap(secretTexts);
}
