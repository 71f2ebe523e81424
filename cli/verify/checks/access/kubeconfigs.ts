import { readdirSync, statSync } from "node:fs";
import { judged, unchecked, type Finding } from "../../claim.js";
import { isOwnerOnly, octal } from "../../cluster/node.js";
import type { ConfigMap } from "../../cluster/kinds.js";
import { list, namespacedName } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { holdsCredentials } from "./kubeconfigText.js";

/**
 * Whether the administrator's kubeconfig, and those on the node, are closed to other users. The owner may do as he likes
 * whatever the mode says: on the node that has to be root, elsewhere the user who runs this.
 */
export async function kubeconfigsClosed({ kubeconfigs, node }: Target): Promise<Finding> {
  const folder = "/etc/kubernetes";
  const onNode = node
    ? readdirSync(node.path(folder))
        .filter((name) => name.endsWith(".conf"))
        .map((name) => node.path(`${folder}/${name}`))
    : [];
  // Root, but for a folder in which the lab keeps its node.
  const nodeOwner = node ? statSync(node.root).uid : undefined;
  const files = [...new Set([...kubeconfigs, ...onNode])].map((file) => {
    const { mode, uid } = statSync(file);
    const owners = onNode.includes(file) ? [nodeOwner!] : callers();
    return { file, mode: mode & 0o777, uid, owners };
  });
  return Promise.resolve(
    judged(
      files.flatMap(({ file, mode, uid, owners }) => [
        ...(isOwnerOnly(mode) ? [] : [`others may read ${file} (mode ${octal(mode)}); chmod 600 ${file}`]),
        ...(owners.includes(uid)
          ? []
          : [`${file} belongs to uid ${uid}, not to ${owners[0]}; chown ${owners[0]} ${file}`]),
      ]),
      files.map(({ file, mode, uid }) => `${file} ${octal(mode)} of uid ${uid}`).join(", "),
    ),
  );
}

/** Who runs this: under sudo the one who called it before root. */
function callers(): number[] {
  const own = process.getuid!();
  const caller = process.env["SUDO_UID"];
  return own === 0 && caller ? [Number(caller), own] : [own];
}

/**
 * Whether a kubeconfig lies about in the cluster, where others find it. Only ConfigMaps are looked into: a user who may
 * read Secrets needs no kubeconfig any more.
 */
export async function noKubeconfigInCluster({ api }: Target): Promise<Finding> {
  const configMaps = await list<ConfigMap>(api, "/api/v1/configmaps");
  if (!configMaps) return unchecked("could not be checked: the API server knows no ConfigMaps");
  const found = configMaps.filter(({ data = {}, binaryData = {} }) =>
    [...Object.values(data), ...Object.values(binaryData)].some((text) => holdsCredentials(text)),
  );
  return judged(
    found.map((configMap) => `ConfigMap ${namespacedName(configMap)} holds a kubeconfig with credentials`),
    `none of ${configMaps.length} ConfigMaps holds one with credentials`,
  );
}
