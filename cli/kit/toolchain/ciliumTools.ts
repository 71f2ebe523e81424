import type { Tool } from "./pinnedTool.js";

const version = "1.20.0";

/** @param path Folder of the command in Cilium's module. */
function ciliumTool(name: string, path: string, buildMinutes: number): Tool {
  return {
    name,
    title: `${name} ${version}`,
    module: "cilium",
    package: `github.com/cilium/cilium/${path}`,
    version,
    variables: {
      "github.com/cilium/cilium/pkg/version.ciliumVersion": version,
      "main.version": version,
    },
    versionArguments: ["--version"],
    // Releases are images.
    download: "https://github.com/cilium/cilium",
    buildMinutes,
    onDemand: true,
  };
}

/** Commands of Cilium, and one of ours that calls its code. Only a node runs them, but for that. */
export const ciliumTools = {
  "cilium-policy": {
    ...ciliumTool("cilium-policy", "", 2),
    title: `the policy check of Cilium ${version}`,
    package: "cluster-security/tools/cilium/cilium-policy",
    versionOf: "github.com/cilium/cilium",
    onDemand: false,
  },
  "cilium-agent": ciliumTool("cilium-agent", "daemon", 3),
  "cilium-dbg": ciliumTool("cilium-dbg", "cilium-dbg", 0.3),
  "cilium-operator-generic": ciliumTool("cilium-operator-generic", "operator", 1),
  "hubble-relay": ciliumTool("hubble-relay", "hubble-relay", 0.3),
  "cilium-cni": ciliumTool("cilium-cni", "plugins/cilium-cni", 0.1),
  "cilium-health-responder": ciliumTool("cilium-health-responder", "cilium-health/responder", 0.1),
  // It takes any argument for a folder to mount on, and ends without one.
  "cilium-mount": { ...ciliumTool("cilium-mount", "tools/mount", 0.1), versionArguments: [] },
  "cilium-sysctlfix": ciliumTool("cilium-sysctlfix", "tools/sysctlfix", 0.1),
} satisfies Record<string, Tool>;
