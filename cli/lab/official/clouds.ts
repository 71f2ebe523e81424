import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../../stacks/settings/index.js";
import { cloudflareEnvironment, startCloudflare } from "../cloud/cloudflare.js";
import { ociEnvironment, startOci } from "../cloud/oci.js";
import type { CloudServer } from "../cloud/server.js";

/** Servers in place of the clouds, for the official plugins. What they hold is gone when they stop. */
export interface Clouds {
  /** Environment of the engine, which its plugins inherit. */
  env: Record<string, string>;
  /** What exists in them, one line each. */
  holds(): string[];
  stop(): Promise<void>;
}

/**
 * Starts the servers that the packages among these names talk to.
 *
 * @param logs Folder for a log of the calls.
 */
export async function startClouds(
  packages: readonly string[],
  { certificates, backups }: Settings,
  logs: string,
): Promise<Clouds> {
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const log = (name: string) => (line: string) =>
    appendFileSync(join(logs, `${name}.log`), `${line}\n`, { mode: 0o600 });
  const servers: CloudServer[] = [];
  const env: Record<string, string> = {};
  if (packages.includes("cloudflare")) {
    const server = await startCloudflare({ zones: [certificates.zone], log: log("cloudflare") });
    servers.push(server);
    Object.assign(env, cloudflareEnvironment(server));
  }
  if (packages.includes("oci")) {
    const { tenancyId, compartmentId, region } = backups.oci;
    const server = await startOci({ tenancyId, compartmentIds: [compartmentId], region, log: log("oci") });
    servers.push(server);
    Object.assign(env, ociEnvironment(server));
  }
  return {
    env,
    holds: () => servers.flatMap((server) => server.holds()),
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  };
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
