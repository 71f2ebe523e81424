import type { Tool } from "./pinnedTool.js";
import { kubernetesRelease } from "./releases.js";

const version = "v1.36.2";

/** A command of Kubernetes; all of them have one version. */
export function kubernetesTool(name: string, buildMinutes: number, ...versionArguments: string[]): Tool {
  const [major, minor] = version.slice(1).split(".");
  return {
    name,
    title: `${name} ${version}`,
    module: "kubernetes",
    package: `k8s.io/kubernetes/cmd/${name}`,
    version,
    variables: {
      "k8s.io/component-base/version.gitVersion": version,
      "k8s.io/component-base/version.gitMajor": major!,
      "k8s.io/component-base/version.gitMinor": minor!,
      "k8s.io/client-go/pkg/version.gitVersion": version,
    },
    versionArguments,
    download: "https://kubernetes.io/releases/download/",
    release: kubernetesRelease(name, version),
    buildMinutes,
  };
}
