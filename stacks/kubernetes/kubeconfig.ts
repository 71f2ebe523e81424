import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";

export interface KubeconfigOptions {
  /**
   * Path of a kubeconfig. Default: KUBECONFIG, which lists paths or is a kubeconfig itself, else ~/.kube/config, else the
   * ServiceAccount of the pod that this runs in.
   */
  kubeconfig?: string;
  /** Default: the kubeconfig's current context. */
  context?: string;
}

export interface LoadedKubeconfig {
  config: KubeConfig;
  /** Paths of the files that were read. */
  files: string[];
}

/** How somebody gives a kubeconfig and a context, for messages. */
const options = { kubeconfig: "--kubeconfig or KUBECONFIG", context: "--context" };

/**
 * Loads a kubeconfig as kubectl does (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/).
 * Messages never quote it, because it holds credentials.
 *
 * @param by How both are given. Default: by options of a command.
 * @throws Error when there is no kubeconfig, it cannot be read, or it has no such context.
 */
export async function loadKubeconfig(
  { kubeconfig, context }: KubeconfigOptions,
  by = options,
): Promise<LoadedKubeconfig> {
  // Loaded where it is needed: most runs of the program talk to no cluster by themselves.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const ambient = process.env["KUBECONFIG"] ?? "";
  const isText = kubeconfig === undefined && /\n|^\{/.test(ambient);
  const wanted = isText ? [] : kubeconfig === undefined ? ambientFiles(ambient) : [kubeconfig];
  const files = wanted.map((file) => resolve(file)).filter((file) => existsSync(file));
  const name = isText ? "KUBECONFIG" : files.join(", ");
  try {
    if (isText) config.loadFromString(ambient);
    for (const [index, file] of files.entries()) {
      const next = new KubeConfig();
      next.loadFromFile(file);
      // kubectl takes the first entry of a name; mergeConfig refuses the second one.
      for (const list of ["clusters", "users", "contexts"] as const)
        next[list] = (next[list] as { name: string }[]).filter(
          ({ name }) => !(config[list] ?? []).some((known) => known.name === name),
        ) as never;
      if (index === 0) config.loadFromFile(file);
      else config.mergeConfig(next, true);
    }
  } catch (error) {
    throw new Error(`${name} cannot be read as a kubeconfig: ${reasonOf(error as Error)}`);
  }
  if (!name) {
    if (kubeconfig !== undefined || !existsSync(podToken)) {
      throw new Error(`no kubeconfig: ${wanted.join(", ")} does not exist; give one by ${by.kubeconfig}`);
    }
    config.loadFromCluster();
  }
  if (context !== undefined) config.setCurrentContext(context);
  const current = config.getCurrentContext();
  const names = config.getContexts().map((each) => each.name);
  const list = names.join(", ") || "none";
  if (!current) throw new Error(`${name} has no current context; give one by ${by.context}, it has ${list}`);
  if (!names.includes(current)) throw new Error(`${name} has no context "${current}"; it has ${list}`);
  if (!config.getCurrentCluster()) throw new Error(`the context "${current}" of ${name} names no cluster`);
  return { config, files };
}

const podToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

function ambientFiles(list: string): string[] {
  const files = list.split(delimiter).filter(Boolean);
  return files.length > 0 ? files : [join(homedir(), ".kube", "config")];
}

/** A YAML error quotes the text, in its first line as well: of that, only where it is. */
function reasonOf(error: Error & { mark?: { line: number; column: number } }): string {
  if (error.mark) return `it is no YAML at line ${error.mark.line + 1}, column ${error.mark.column + 1}`;
  return error.message.split("\n")[0]!;
}
