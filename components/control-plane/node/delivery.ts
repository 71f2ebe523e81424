import type * as pulumi from "@pulumi/pulumi";
import { applyScriptPath } from "./bundle.js";

/** How a node is reached over SSH. */
export interface NodeAccess {
  /** Account on the node. One that is not root needs a line in sudoers (docs/guides/node-files.md). */
  user: string;
  /** Port of the SSH server. */
  port: number;
  /** The server's public key, such as `ssh-ed25519 AAAA…`. Without one the plugin would accept any server. */
  hostKey: string;
  /** Private key of the account, without a passphrase. Default: the SSH agent of the user who runs Pulumi. */
  privateKey?: pulumi.Input<string>;
}

/** A stage of a delivery: see the head of apply.sh. */
export type Stage = "prepare" | "apply";

/** What sudo has to allow on a node, word by word. */
export function applyCommand(node: string, stage: Stage): string {
  return [applyScriptPath, "--node", node, "--base64", ...(stage === "prepare" ? ["--prepare"] : [])].join(
    " ",
  );
}

/** The line that the node's shell runs, with the bundle on its standard input. */
export function remoteLine(node: string, user: string, stage: Stage): string {
  const missing = `node ${node} has no ${applyScriptPath} yet; lay it there once, as docs/guides/node-files.md says`;
  const command = `${user === "root" ? "" : "sudo -n "}${applyCommand(node, stage)}`;
  return `test -x ${applyScriptPath} || { echo '${missing}' >&2; exit 127; }; ${command}`;
}

/**
 * The stages in order. A key that writes has to be readable by every API server first, so several nodes are prepared, all
 * of them, before the first one is told to write with it.
 */
export function stagesOf(nodes: readonly unknown[]): Stage[] {
  return nodes.length > 1 ? ["prepare", "apply"] : ["apply"];
}
