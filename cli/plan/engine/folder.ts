import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, type TemporaryFolder } from "../../kit/temporaryFolder.js";

/** A place for one run of the engine: nothing in it outlives the run, and only its owner can read it. */
export interface Folder extends TemporaryFolder {
  /** Environment that keeps the engine in this folder, and off the network. */
  env: Record<string, string>;
}

/** Makes a folder for one run of the engine. */
export function throwAwayFolder(): Folder {
  const { path, remove } = temporaryFolder();
  // Nobody resumes a run that was broken off.
  return { path, remove, env: { ...engineEnvironment(path), PULUMI_SKIP_CHECKPOINTS: "true" } };
}

/**
 * Environment that keeps the engine in a folder, with a state backend, and off the network. The passphrase is made once,
 * and nobody has to know it.
 */
export function engineEnvironment(folder: string): Record<string, string> {
  for (const name of ["backend", "home"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  const passphrase = join(folder, "passphrase");
  if (!existsSync(passphrase)) writeFileSync(passphrase, randomBytes(32).toString("base64"), { mode: 0o600 });
  return {
    // Without a note next to every file (https://gocloud.dev/howto/blob/#local): unlike the file, the note is
    // not replaced in one step, and an engine that is killed while it writes one leaves a state that nobody can read.
    PULUMI_BACKEND_URL: `file://${join(folder, "backend")}?metadata=skip`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** Forgets the user's own settings of the Pulumi CLI, which would lead the engine out of its folder. */
export function forgetUserSettings(): void {
  for (const name of [
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_STACK",
  ]) {
    delete process.env[name];
  }
}
