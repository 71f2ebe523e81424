import { join } from "node:path";
import type { ToolName } from "../../../kit/toolchain/tools.js";
import type { ImageContents } from "../images.js";

/** Tools that run in Velero's pods. The plugin is that with the SDK of the version that the program pins. */
export const toolsOfVelero = [
  "velero-server",
  "velero-restore-helper",
  "velero-plugin-for-aws-earlier-sdk",
] as const satisfies readonly ToolName[];

/**
 * The images of Velero's chart.
 *
 * @param authority File with the certificate of the only authority whose servers it trusts.
 * @param root The node's root: what copies the plugin is Debian's busybox.
 */
export function veleroImages(
  paths: ReadonlyMap<ToolName, string>,
  authority: string,
  root: string,
): ImageContents {
  const plugin = "velero-plugin-for-aws";
  return {
    velero: () => ({
      files: {
        "/velero": paths.get("velero-server")!,
        "/velero-restore-helper": paths.get("velero-restore-helper")!,
        "/etc/ssl/certs/ca-certificates.crt": authority,
      },
      entrypoint: ["/velero"],
      // As in its own image; what reads volumes is root by its pod.
      user: "1002",
    }),
    [plugin]: () => ({
      files: {
        "/bin/cp": join(root, "usr/bin/busybox"),
        [`/plugins/${plugin}`]: paths.get("velero-plugin-for-aws-earlier-sdk")!,
      },
      entrypoint: ["/bin/cp", `/plugins/${plugin}`, "/target/"],
    }),
  };
}
