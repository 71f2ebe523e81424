import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";

/** A file that must lie on a control-plane node. */
export interface NodeFile {
  /** Absolute path on the node. */
  path: string;
  /** Permission bits in octal, such as "0600"; the owner is root. */
  mode: string;
  /** The whole content; a secret output where it holds keys. */
  content: pulumi.Input<string>;
  /** The one node it is for. Default: the same file lies on every control-plane node. */
  node?: string;
}

/**
 * A path that names its content: `policy.yaml` becomes `policy-1a2b3c4d.yaml`. For files that a server reads only at
 * start: new content is a new path, hence a new manifest, hence a restart.
 */
export function hashedPath(path: string, content: string): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  return path.replace(/(\.[^./]+)$/, `-${hash}$1`);
}

/** One YAML file of one or several documents; the same objects always give the same text, without anchors. */
export function yamlText(...documents: object[]): string {
  const options = { lineWidth: 0, aliasDuplicateObjects: false };
  return documents.map((document) => stringify(document, options)).join("---\n");
}
