import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import semver from "semver";
import { projectName } from "../../stacks/settings/index.js";
import { userPlugins } from "../lab/official/plugins.js";
import { demandFile } from "../kit/givenFile.js";
import type { Progress } from "../kit/progress.js";
import { onSignal } from "../kit/signals.js";
import { temporaryFolder, type TemporaryFolder } from "../kit/temporaryFolder.js";
import { projectFolder } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";
import { exportedSecret } from "../plan/providers/values.js";
import type { ImportFile } from "./importFile.js";
import { endPulumi, printedJson, pulumi } from "./pulumiCli.js";
import type { StackExport, StateResource } from "./stackExport.js";

export interface ImportRequest {
  stack: string;
  /** Path of what `npm run import-file` wrote. */
  file: string;
  /** Path of the Pulumi CLI. */
  cli: string;
  progress: Progress;
}

/**
 * Imports into a stack's state, with the values of Helm releases kept as secrets.
 *
 * `pulumi import` writes them as they are, credentials that somebody has set among them, and a backend keeps every state
 * there ever was. So the import is done in a state of its own, in memory where the system offers that, which is gone when
 * this ends; what came of it is added to the stack's own by `pulumi stack import`, which encrypts what is marked as secret.
 *
 * @returns What was imported, by id.
 * @throws UserError with what the Pulumi CLI says; the stack's state is what it was then.
 */
export async function importInto({ stack, file, cli, progress }: ImportRequest): Promise<string[]> {
  const wanted = readImportFile(file);
  const own = (args: string[], input?: string) =>
    pulumi(cli, [...args, "--stack", stack], { cwd: projectFolder, env: process.env, input });
  const exportOwn = async () => exported(await own(["stack", "export", "--show-secrets"]));

  progress.step(`reading the state of ${stack}`);
  await demandProviderInputs(cli);
  const before = await exportOwn();
  const secretsProvider = before.deployment?.secrets_providers;
  if (!secretsProvider) {
    throw new UserError(
      `the state of ${stack} does not say yet how it encrypts secrets, so nothing can be added to it as a secret. ` +
        `Let Pulumi write that down, then run this again: pulumi stack change-secrets-provider --stack ${stack} passphrase ` +
        "(or the key service in place of passphrase)",
    );
  }
  const folder = temporaryState();
  onSignal(async () => {
    // It would write the values into the folder once more.
    await endPulumi();
    folder.remove();
  });
  try {
    const there = (args: string[], input?: string) =>
      pulumi(cli, [...args, "--stack", stack], { cwd: folder.path, env: folder.env, input });
    await pulumi(cli, ["stack", "init", stack], { cwd: folder.path, env: folder.env });
    if (before.deployment?.resources?.length) {
      const { secrets_providers } = exported(await there(["stack", "export"])).deployment!;
      await there(["stack", "import"], JSON.stringify(withProvider(before, secrets_providers)));
    }
    progress.step(`importing ${wanted.resources.filter(({ id }) => id !== undefined).length} resources`);
    await there(["import", "--file", file, "--yes", "--skip-preview", "--generate-code=false"]);
    const after = exported(await there(["stack", "export", "--show-secrets"]));
    const known = new Set(before.deployment?.resources?.map(({ urn }) => urn));
    const imported = after.deployment!.resources!.filter(({ urn }) => !known.has(urn));
    if (imported.length === 0) return [];
    for (const resource of imported) hideValues(resource);

    progress.step(`adding them to the state of ${stack}`);
    if (!isDeepStrictEqual(await exportOwn(), before)) {
      throw new UserError(`the state of ${stack} has changed meanwhile. Try again.`);
    }
    await own(["stack", "import"], JSON.stringify(withProvider(after, secretsProvider)));
    return imported.flatMap(({ id, type }) => (id && !type.startsWith("pulumi:") ? [id] : [])).sort();
  } finally {
    folder.remove();
  }
}

const exported = (text: string) => printedJson<StackExport>(text, "pulumi stack export");

/**
 * A CLI that is older than the SDK may not know `providerInputs`, and would import from whatever cluster is the default.
 */
async function demandProviderInputs(cli: string): Promise<void> {
  const version = (await pulumi(cli, ["version"], { cwd: projectFolder, env: process.env })).trim();
  const { version: sdk } = createRequire(import.meta.url)("@pulumi/pulumi/package.json") as {
    version: string;
  };
  if (semver.valid(version) && semver.lt(version, sdk)) {
    throw new UserError(`the Pulumi CLI on PATH is ${version}; at least v${sdk} is needed`);
  }
}

function readImportFile(file: string): ImportFile {
  if (!existsSync(file)) {
    throw new UserError(`--file ${file}: there is no such file; npm run import-file writes one`);
  }
  demandFile("--file", file);
  try {
    const read = JSON.parse(readFileSync(file, "utf8")) as Partial<ImportFile>;
    if (Array.isArray(read.resources) && read.resources.length > 0) return read as ImportFile;
  } catch {
    // Said below.
  }
  throw new UserError(`--file ${file}: this is not what npm run import-file writes`);
}

/** A state of its own, which only its owner can read: the values of releases lie in it in plain for a moment. */
function temporaryState(): TemporaryFolder & { env: NodeJS.ProcessEnv } {
  const memory = "/dev/shm";
  const { path, remove } = temporaryFolder(existsSync(memory) ? memory : undefined);
  for (const name of ["state", "home"]) mkdirSync(join(path, name));
  // Plugins are the user's, and are kept there if one has to be downloaded.
  mkdirSync(userPlugins(), { recursive: true });
  symlinkSync(userPlugins(), join(path, "home", "plugins"));
  // Without a language: no program is run.
  writeFileSync(join(path, "Pulumi.yaml"), `name: ${projectName}\n`);
  const passphrase = join(path, "passphrase");
  writeFileSync(passphrase, randomBytes(32).toString("base64"), { mode: 0o600 });
  const rest = { ...process.env };
  // Of the user's own state, and they would count first.
  for (const name of ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN", "PULUMI_STACK"]) delete rest[name];
  return {
    path,
    remove,
    env: {
      ...rest,
      PULUMI_BACKEND_URL: `file://${join(path, "state")}`,
      PULUMI_HOME: join(path, "home"),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    },
  };
}

/** The state, with whose secrets it is encrypted from here on. */
function withProvider(
  { version, deployment }: StackExport,
  secrets_providers: { type: string } | undefined,
): StackExport {
  return { version, deployment: { ...deployment!, secrets_providers } };
}

/** Marks the values of a Helm release as secret, in what was asked for and in what came of it. */
function hideValues({ type, inputs, outputs }: StateResource): void {
  if (type !== "kubernetes:helm.sh/v3:Release") return;
  for (const properties of [inputs, outputs]) {
    const values = properties?.["values"];
    if (values === undefined) continue;
    properties!["values"] = exportedSecret(values);
  }
}
