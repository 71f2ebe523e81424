import type { Tool } from "./pinnedTool.js";
import { kubernetesRelease } from "./releases.js";

/** The release of clusters, and one of the minor release before it, which an upgrade starts from. */
const current = { module: "kubernetes", version: "v1.36.2", prefix: "" };
const earlier = { module: "kubernetes-earlier", version: "v1.35.4", prefix: "earlier-" };

/** A command of Kubernetes; all of them have one version. */
export function kubernetesTool(command: string, buildMinutes: number, ...versionArguments: string[]): Tool {
  return commandOf(current, command, buildMinutes, versionArguments);
}

/** The same command of {@link earlier}. */
function earlierTool(command: string, buildMinutes: number, ...versionArguments: string[]): Tool {
  return { ...commandOf(earlier, command, buildMinutes, versionArguments), onDemand: true };
}

function commandOf(
  { module, version, prefix }: typeof current,
  command: string,
  buildMinutes: number,
  versionArguments: string[],
): Tool {
  const [major, minor] = version.slice(1).split(".");
  return {
    name: `${prefix}${command}`,
    title: `${command} ${version}`,
    module,
    package: `k8s.io/kubernetes/cmd/${command}`,
    version,
    variables: {
      "k8s.io/component-base/version.gitVersion": version,
      "k8s.io/component-base/version.gitMajor": major!,
      "k8s.io/component-base/version.gitMinor": minor!,
      "k8s.io/client-go/pkg/version.gitVersion": version,
    },
    versionArguments,
    download: "https://kubernetes.io/releases/download/",
    release: kubernetesRelease(command, version),
    buildMinutes,
  };
}

/** What of the minor release before runs on a node, and its kubeadm. */
export const earlierKubernetesTools = {
  "earlier-kubeadm": earlierTool("kubeadm", 2, "version", "-o", "short"),
  "earlier-kube-apiserver": earlierTool("kube-apiserver", 2, "--version"),
  "earlier-kube-controller-manager": earlierTool("kube-controller-manager", 2, "--version"),
  "earlier-kube-scheduler": earlierTool("kube-scheduler", 0.2, "--version"),
  "earlier-kubelet": earlierTool("kubelet", 2, "--version"),
  "earlier-kube-proxy": earlierTool("kube-proxy", 0.5, "--version"),
};
