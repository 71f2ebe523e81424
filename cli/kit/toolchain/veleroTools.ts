import type { Tool } from "./pinnedTool.js";

const velero = "v1.18.2";
const plugin = "v1.14.2";

function veleroTool(name: string, title: string, path: string, buildMinutes: number): Tool {
  return {
    name,
    title: `${title} ${velero}`,
    module: "velero",
    package: path,
    versionOf: "github.com/vmware-tanzu/velero",
    version: velero,
    variables: { "github.com/vmware-tanzu/velero/pkg/buildinfo.Version": velero },
    versionArguments: ["version"],
    download: "https://github.com/vmware-tanzu/velero/releases",
    buildMinutes,
  };
}

function pluginTool(name: string, title: string): Tool {
  return {
    name,
    title,
    module: name,
    package: "github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
    version: plugin,
    variables: {},
    // It cannot say which version it is, so one that is found on PATH is not taken.
    versionArguments: ["--version"],
    download: "https://github.com/vmware-tanzu/velero-plugin-for-aws",
    buildMinutes: 1.5,
  };
}

/** Velero's commands and its plugin for S3. */
export const veleroTools = {
  "velero-server": veleroTool("velero-server", "Velero", "cluster-security/tools/velero", 4),
  "velero-restore-helper": {
    ...veleroTool(
      "velero-restore-helper",
      "the restore helper of Velero",
      "github.com/vmware-tanzu/velero/cmd/velero-restore-helper",
      0.1,
    ),
    // It takes one argument, for a restore to wait for, and ends with any other number.
    versionArguments: [],
    onDemand: true,
  },
  "velero-plugin-for-aws": pluginTool("velero-plugin-for-aws", `velero-plugin-for-aws ${plugin}`),
  // The cluster pins a version whose source cannot be had everywhere; what sets it apart is this SDK.
  "velero-plugin-for-aws-earlier-sdk": pluginTool(
    "velero-plugin-for-aws-earlier-sdk",
    `velero-plugin-for-aws ${plugin} with the AWS SDK of v1.14.0`,
  ),
} satisfies Record<string, Tool>;
