import type * as pulumi from "@pulumi/pulumi";
import { livingApi, type LivingCluster } from "./livingCluster.js";
import { giveCommand } from "./settings/index.js";
import { readCommand, type GuardedValue, type SecretEntry } from "./settings/guarded.js";

/** Data of a Secret, in base64; undefined where there is no such Secret. */
export type ReadSecret = (namespace: string, name: string) => Promise<Record<string, string> | undefined>;

/**
 * What is wrong where a given value is not the one that the cluster has; undefined where all are. Asked before anything is
 * registered, so that nothing is changed.
 *
 * Server-side apply does not tell: it reports a conflict only where the API server knows an owner of the field, and it
 * knows none for what was sent as stringData (https://github.com/kubernetes/kubernetes/issues/108609). Harbor's own
 * Secrets have other names than this program's. And a conflict ends an `up` half-way.
 *
 * @throws Error where a Secret cannot be read.
 */
export async function livingProblem(
  guarded: readonly GuardedValue[],
  stack: string,
  cluster: LivingCluster,
): Promise<string | undefined> {
  if (guarded.length === 0) return undefined;
  let problems: string[];
  try {
    problems = await differingValues(guarded, stack, once(await secretReader(cluster)));
  } catch (error) {
    throw new Error(
      `Whether the given values are those of the cluster is not known, so pulumi up changes nothing: ${(error as Error).message}`,
    );
  }
  if (problems.length === 0) return undefined;
  const lines = problems.map((problem) => `  ${problem}`);
  return ["Values are given that are not those of the cluster; nothing was changed:", ...lines].join("\n");
}

/**
 * Returns a problem for each given value that is not the one of the cluster. Of a text in PEM form that only ends in other
 * white space, which `pulumi config set` strips, the cluster's bytes are taken.
 */
async function differingValues(
  guarded: readonly GuardedValue[],
  stack: string,
  read: ReadSecret,
): Promise<string[]> {
  const problems = guarded.map(async ({ path, what, living, value, plain, take }) => {
    const found = await firstOf(living, read);
    if (found === undefined) return [];
    const given = await known(value);
    if (found.text === given) return [];
    if (found.text.startsWith("-----BEGIN ") && found.text.trimEnd() === given.trimEnd()) {
      take(found.text);
      return [];
    }
    const { namespace, secret, key } = found.entry;
    return [
      `${path}: this is not ${what} that the cluster has, in Secret ${namespace}/${secret} (${key}).\n` +
        `      read it: ${readCommand(found.entry)}\n` +
        `      give it: ${giveCommand(path, stack, { plain })}`,
    ];
  });
  return (await Promise.all(problems)).flat();
}

/** Asks for each Secret once: several values may lie in one. */
function once(read: ReadSecret): ReadSecret {
  const asked = new Map<string, ReturnType<ReadSecret>>();
  return (namespace, name) => {
    const key = `${namespace}/${name}`;
    if (!asked.has(key)) asked.set(key, read(namespace, name));
    return asked.get(key)!;
  };
}

async function firstOf(
  entries: readonly SecretEntry[],
  read: ReadSecret,
): Promise<{ entry: SecretEntry; text: string } | undefined> {
  for (const entry of entries) {
    const encoded = (await read(entry.namespace, entry.secret))?.[entry.key];
    if (encoded) return { entry, text: Buffer.from(encoded, "base64").toString("utf8") };
  }
  return undefined;
}

function known(value: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve) => value.apply(resolve));
}

/** Reads Secrets with the credentials of a kubeconfig. */
export async function secretReader(cluster: LivingCluster): Promise<ReadSecret> {
  const api = await livingApi(cluster);
  return async (namespace, name) => {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const secret = await api.read<{ data?: Record<string, string> }>(path);
    return secret && (secret.data ?? {});
  };
}
