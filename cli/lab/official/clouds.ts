import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../../stacks/settings/index.js";
import { cloudflareEnvironment, startCloudflare } from "../cloud/cloudflare.js";

/** The server in place of Cloudflare, for the official plugin. What it holds is gone when it stops. */
export interface Clouds {
  /** Environment of the engine, which its plugins inherit. */
  env: Record<string, string>;
  /** What exists in it, one line each. */
  holds(): string[];
  stop(): Promise<void>;
}

/**
 * Starts the server if cloudflare is among the packages that official plugins serve.
 *
 * @param logs Folder for a log of the calls.
 */
export async function startClouds(
  packages: readonly string[],
  { certificates }: Settings,
  logs: string,
): Promise<Clouds> {
  if (!packages.includes("cloudflare")) return { env: {}, holds: () => [], stop: () => Promise.resolve() };
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const log = (line: string) => appendFileSync(join(logs, "cloudflare.log"), `${line}\n`, { mode: 0o600 });
  const server = await startCloudflare({ zones: [certificates.zone], log });
  return { ...server, env: cloudflareEnvironment(server) };
}

/**
 * Forgets the variables that the plugins of cloudflare and oci read, for this process and all that it starts: nothing that
 * is tried out may reach a real account.
 */
export function forgetCloudSettings(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of Object.keys(env)) {
    if (/^(CLOUDFLARE|OCI|TF_VAR)_/.test(name)) delete env[name];
  }
}
