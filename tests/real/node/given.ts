import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { KnownNodeFile } from "../../../components/control-plane/node/bundle.js";
import type { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";

/** What is applied where a test wants nothing else. */
export const base: Wish = { keys: [key("key1")], identityFallback: true };

/** The files with one of them changed. */
export const edited =
  (path: RegExp, from: string | RegExp, to: string) =>
  (files: KnownNodeFile[]): KnownNodeFile[] => {
    assert.ok(
      files.some((file) => path.test(file.path) && file.content.search(from) >= 0),
      `${path} holds ${from}`,
    );
    return files.map((file) =>
      path.test(file.path) ? { ...file, content: file.content.replace(from, to) } : file,
    );
  };
export const inKubeadm = (from: string | RegExp, to: string): Wish => ({
  ...base,
  change: edited(/kubeadm\/config/, from, to),
});

/** What the ConfigMap kubeadm-config holds. */
export const configuration = async (rig: Rig): Promise<Record<string, any>> =>
  parse(await rig.node.kubeadmConfig());

/** Everything an apply may change. */
export async function everything(rig: Rig): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const top of ["etc/kubernetes", "var/lib/kubelet/config.yaml"]) {
    const path = join(rig.node.root, top);
    const files = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))
      : [path];
    for (const file of files.filter((name) => statSync(name).isFile())) {
      const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
      found[file] = `${statSync(file).mode.toString(8)} ${hash}`;
    }
  }
  const path = "jsonpath={.items[*].data}";
  found["ConfigMaps"] = await rig.node.kubectl(
    ...["--namespace=kube-system", "get", "configmap", "kubeadm-config", "kubelet-config", "-o", path],
  );
  return found;
}
