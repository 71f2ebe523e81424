import { existsSync, readFileSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { parse } from "yaml";

/** The file system of a control-plane node: `/` on the node itself, a folder that stands for it in the lab. */
export class NodeFileSystem {
  constructor(readonly root: string) {}

  /** Where a path of the node is on this machine. */
  path(path: string): string {
    // The lab's certificates are named by where they really are.
    const isThere =
      path === this.root || path.startsWith(this.root.endsWith(sep) ? this.root : this.root + sep);
    return isThere ? path : join(this.root, path);
  }

  exists(path: string): boolean {
    return existsSync(this.path(path));
  }

  read(path: string): string {
    return readFileSync(this.path(path), "utf8");
  }

  /** Permission bits, such as 0o600. */
  mode(path: string): number {
    return statSync(this.path(path)).mode & 0o777;
  }

  /** Flags of a component's static pod; undefined where the node has no such manifest. */
  flags(component: "etcd" | "kube-apiserver"): Flags | undefined {
    const manifest = `/etc/kubernetes/manifests/${component}.yaml`;
    if (!this.exists(manifest)) return undefined;
    const pod = parse(this.read(manifest)) as { spec: { containers: { command?: string[] }[] } };
    return flagsOf(pod.spec.containers[0]?.command ?? []);
  }
}

/** Flags by name, without the leading dashes. */
export type Flags = Record<string, string>;

export function flagsOf(command: string[]): Flags {
  return Object.fromEntries(
    command
      .filter((argument) => argument.startsWith("--"))
      .map((argument) => {
        const [, name, value] = /^--([^=]+)=?([^]*)$/.exec(argument)!;
        return [name!, value!];
      }),
  );
}

/** Permission bits as chmod takes them. */
export const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** True when neither the group nor others may do anything. */
export const isOwnerOnly = (mode: number): boolean => (mode & 0o077) === 0;

/** How to give access to a node, for what cannot be checked without. */
export const howToReachTheNode =
  "run this on a control-plane node as root with --node-root / and a kubeconfig for that node's API server";
