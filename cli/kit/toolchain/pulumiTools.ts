import type { Tool } from "./pinnedTool.js";
import { pulumiKubernetesRelease, pulumiRelease } from "./releases.js";

const pulumi = "3.248.0";
const kubernetes = { source: "v4.0.0-20260115033456-f47bc2d6f199", release: "4.34.2" };

/** What applies the program: the engine, and the plugin of the cluster. */
export const pulumiTools = {
  pulumi: {
    name: "pulumi",
    title: `the Pulumi CLI ${pulumi}`,
    module: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: pulumi,
    // Without it the Automation API refuses the CLI.
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumi },
    versionArguments: ["version"],
    download: "https://www.pulumi.com/docs/install/versions/",
    release: pulumiRelease(pulumi),
    buildMinutes: 4,
  },
  "pulumi-resource-kubernetes": {
    // Helm notes the program's name as a field manager.
    name: "pulumi-resource-kubernetes",
    // What is built is older than the release.
    title: "Pulumi's Kubernetes plugin",
    module: "pulumi-kubernetes",
    package: "cluster-security/tools/pulumi-kubernetes",
    versionOf: "github.com/pulumi/pulumi-kubernetes/provider/v4",
    version: kubernetes.source,
    variables: { "main.version": kubernetes.source },
    versionArguments: ["--version"],
    download: "https://github.com/pulumi/pulumi-kubernetes/releases",
    // The source of its releases cannot be had as a Go module.
    release: pulumiKubernetesRelease(kubernetes.release),
    releaseVersion: kubernetes.release,
    buildMinutes: 5,
  },
} satisfies Record<string, Tool>;
