import { createHmac } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { secretBytes } from "../../common/secretBytes.js";
import type { KnownNodeFile } from "./bundle.js";

export interface FileRecordArgs {
  /** Files without a secret. */
  publicFiles: pulumi.Input<KnownNodeFile[]>;
  /** Files that hold keys or passwords. */
  secretFiles: pulumi.Output<KnownNodeFile[]>;
}

/**
 * The files as a plan shows them: what is written into those without a secret, and of the others only that it changes.
 * Makes nothing.
 */
export class FileRecord extends pulumi.ComponentResource {
  constructor(name: string, args: FileRecordArgs, opts?: pulumi.ComponentResourceOptions) {
    // A digest alone would let anybody who sees it try passwords out.
    const salt = secretBytes(`${name}-salt`, opts ?? {});
    super(
      "cluster-security:control-plane:FileRecord",
      name,
      {
        publicFiles: pulumi
          .output(args.publicFiles)
          .apply((files) => Object.fromEntries(files.map((file) => [keyOf(file), file.content]))),
        secretFiles: pulumi.unsecret(
          pulumi
            .all([salt, args.secretFiles])
            .apply(([key, files]) =>
              Object.fromEntries(files.map((file) => [keyOf(file), digest(key, file.mode, file.content)])),
            ),
        ),
      },
      opts,
    );
    this.registerOutputs({});
  }
}

/** A file's path, and the node where it is not for all of them. */
function keyOf({ path, node }: Pick<KnownNodeFile, "path" | "node">): string {
  return node === undefined ? path : `${node}:${path}`;
}

function digest(key: string, mode: string, content: string): string {
  return createHmac("sha256", Buffer.from(key, "base64")).update(`${mode}\n${content}`).digest("hex");
}
