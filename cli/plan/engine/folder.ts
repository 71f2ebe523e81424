import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, type TemporaryFolder } from "../../kit/temporaryFolder.js";

/** A place for one run of the engine: nothing in it outlives the run, and only its owner can read it. */
export interface Folder extends TemporaryFolder {
  /** Environment that keeps the engine in this folder, and off the network. */
  env: Record<string, string>;
}

/** Makes a folder with a state backend, and a passphrase that nobody has to know. */
export function throwAwayFolder(): Folder {
  const { path, remove } = temporaryFolder();
  for (const name of ["state", "home"]) mkdirSync(join(path, name));
  const passphrase = join(path, "passphrase");
  writeFileSync(passphrase, randomBytes(32).toString("base64"), { mode: 0o600 });
  return {
    path,
    remove,
    env: {
      PULUMI_BACKEND_URL: `file://${join(path, "state")}`,
      PULUMI_HOME: join(path, "home"),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // Nobody resumes a run that was broken off.
      PULUMI_SKIP_CHECKPOINTS: "true",
    },
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
