import type { KnownNodeFile } from "../../../../components/control-plane/node/bundle.js";
import { edited } from "../../node/given.js";

/** A change of the node files. */
export type Files = (files: KnownNodeFile[]) => KnownNodeFile[];

export const inKubeadm = (from: string | RegExp, to: string): Files => edited(/kubeadm\/config/, from, to);

const argument = (name: string, value: string) => `- name: ${name}\n      value: "${value}"\n`;

/** One more flag of a component for which kubeadm's configuration lists some. */
export const flag = (part: string, name: string, value: string): Files =>
  inKubeadm(new RegExp(`^${part}:\n(  .*\n)*?  extraArgs:\n`, "m"), `$&    ${argument(name, value)}`);

/** A flag of etcd, of which it lists none. */
export const etcdFlag = (name: string, value: string): Files =>
  inKubeadm(
    "kubernetesVersion:",
    `etcd:\n  local:\n    extraArgs:\n    ${argument(name, value)}kubernetesVersion:`,
  );
