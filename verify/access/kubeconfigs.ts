import { readdirSync, statSync } from "node:fs";
import { failed, judged, type Finding } from "../claim.js";
import { isOwnerOnly, octal } from "../node.js";
import { list, nameOf, type KubeObject } from "../objects.js";
import type { Target } from "../target.js";

/** Whether the administrator's kubeconfig, and those on the node, are closed to other users. */
export async function kubeconfigsClosed({ kubeconfigs, node }: Target): Promise<Finding> {
  const folder = "/etc/kubernetes";
  const onNode = node
    ? readdirSync(node.path(folder))
        .filter((name) => name.endsWith(".conf"))
        .map((name) => node.path(`${folder}/${name}`))
    : [];
  const files = [...new Set([...kubeconfigs, ...onNode])].map((file) => ({
    file,
    mode: statSync(file).mode & 0o777,
  }));
  return Promise.resolve(
    judged(
      files
        .filter(({ mode }) => !isOwnerOnly(mode))
        .map(({ file, mode }) => `others may read ${file} (mode ${octal(mode)}); chmod 600 ${file}`),
      files.map(({ file, mode }) => `${file} ${octal(mode)}`).join(", "),
    ),
  );
}

/** Fields of a kubeconfig that are credentials. */
const credentials = /^\s*(client-key-data|token|password): *["']?[^\s"']/m;

/**
 * Whether a kubeconfig lies about in the cluster, where others find it. Only ConfigMaps are looked into: whoever may read
 * Secrets needs no kubeconfig any more.
 */
export async function noKubeconfigInCluster({ api }: Target): Promise<Finding> {
  const configMaps = await list<KubeObject & { data?: Record<string, string> }>(api, "/api/v1/configmaps");
  if (!configMaps) return failed("could not be checked: the API server knows no ConfigMaps");
  const found = configMaps.filter(({ data = {} }) =>
    Object.values(data).some((text) => /^kind: Config$/m.test(text) && credentials.test(text)),
  );
  return judged(
    found.map((configMap) => `ConfigMap ${nameOf(configMap)} holds a kubeconfig with credentials`),
    `none of ${configMaps.length} ConfigMaps holds one with credentials`,
  );
}
