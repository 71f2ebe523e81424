import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

/** Where Pulumi keeps the state, and what says so. */
export interface StateBackend {
  url: string;
  /** The variable or file, for messages. */
  saidBy: string;
}

/**
 * Where the engine keeps the state of this run, looked for where and in the order it looks itself
 * (https://www.pulumi.com/docs/iac/concepts/state-and-backends/#logging-into-and-out-of-state-backends).
 *
 * @param env Environment of the engine, which its program has too.
 * @param projectFile Pulumi.yaml.
 */
export function stateBackend(env: NodeJS.ProcessEnv, projectFile: string): StateBackend | undefined {
  const variable = env["PULUMI_BACKEND_URL"];
  if (variable) return { url: variable, saidBy: "PULUMI_BACKEND_URL" };
  const project = parse(readFileSync(projectFile, "utf8")) as { backend?: { url?: string } };
  if (project.backend?.url) return { url: project.backend.url, saidBy: "backend.url of Pulumi.yaml" };
  const home = env["PULUMI_CREDENTIALS_PATH"] || env["PULUMI_HOME"] || join(homedir(), ".pulumi");
  const login = join(home, "credentials.json");
  if (!existsSync(login)) return undefined;
  const { current } = JSON.parse(readFileSync(login, "utf8")) as { current?: string };
  return current ? { url: current, saidBy: "pulumi login" } : undefined;
}

/**
 * What is wrong with keeping the state there: in the bucket of the backups it could be read and deleted with the keys that
 * it holds, and nothing could be recovered without what is to be recovered.
 *
 * A bucket of the same name at an address known to be another provider's is another bucket.
 */
export function stateBackendProblem(
  backend: StateBackend | undefined,
  bucket: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const [, name, query] = /^s3:\/\/([^/?]+)[^?]*(?:\?(.*))?$/i.exec(backend?.url ?? "") ?? [];
  if (backend === undefined || name?.toLowerCase() !== bucket.toLowerCase()) return undefined;
  const endpoint =
    new URLSearchParams(query).get("endpoint") || env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"];
  if (endpoint && !endpoint.includes(".oraclecloud.com")) return undefined;
  return `The Pulumi state lies in the bucket of the backups, ${bucket} (${backend.saidBy}).
It holds the keys to that bucket, and a recovery needs it before anything there can be read. Move it elsewhere:
  pulumi stack export --file state.json
  pulumi login <another place>
  pulumi stack init <stack> && pulumi stack import --file state.json
Then delete state.json and what lies under .pulumi/ in the bucket, previous versions too.`;
}
