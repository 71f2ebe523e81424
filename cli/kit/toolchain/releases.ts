import type { Architecture, Release } from "./pinnedTool.js";

type ReleaseFor = (architecture: Architecture) => Release;

const github = (repository: string, tag: string) =>
  `https://github.com/${repository}/releases/download/${tag}`;

/** https://kubernetes.io/releases/download/#binaries */
export function kubernetesRelease(name: string, version: string): ReleaseFor {
  return (architecture) => {
    const url = `https://dl.k8s.io/${version}/bin/linux/${architecture}/${name}`;
    return { url, sums: `${url}.sha256` };
  };
}

/** https://github.com/etcd-io/etcd/releases */
export function etcdRelease(name: string, version: string): ReleaseFor {
  const base = github("etcd-io/etcd", `v${version}`);
  return (architecture) => {
    const folder = `etcd-v${version}-linux-${architecture}`;
    return { url: `${base}/${folder}.tar.gz`, sums: `${base}/SHA256SUMS`, member: `${folder}/${name}` };
  };
}

/** https://github.com/coredns/coredns/releases */
export function corednsRelease(version: string): ReleaseFor {
  const base = github("coredns/coredns", `v${version}`);
  return (architecture) => {
    const url = `${base}/coredns_${version}_linux_${architecture}.tgz`;
    return { url, sums: `${url}.sha256`, member: "coredns" };
  };
}

/** https://helm.sh/docs/intro/install/#from-the-binary-releases */
export function helmRelease(version: string): ReleaseFor {
  return (architecture) => {
    const url = `https://get.helm.sh/helm-${version}-linux-${architecture}.tar.gz`;
    return { url, sums: `${url}.sha256sum`, member: `linux-${architecture}/helm` };
  };
}

/** https://www.pulumi.com/docs/install/versions/ */
export function pulumiRelease(version: string): ReleaseFor {
  const base = "https://get.pulumi.com/releases/sdk";
  return (architecture) => ({
    url: `${base}/pulumi-v${version}-linux-${architecture === "amd64" ? "x64" : architecture}.tar.gz`,
    sums: `${base}/pulumi-${version}-checksums.txt`,
    member: "pulumi/pulumi",
  });
}

/** https://github.com/pulumi/pulumi-kubernetes/releases */
export function pulumiKubernetesRelease(version: string): ReleaseFor {
  const base = github("pulumi/pulumi-kubernetes", `v${version}`);
  return (architecture) => ({
    url: `${base}/pulumi-resource-kubernetes-v${version}-linux-${architecture}.tar.gz`,
    sums: `${base}/pulumi-kubernetes_${version}_checksums.txt`,
    member: "pulumi-resource-kubernetes",
  });
}

/** https://github.com/bitnami-labs/sealed-secrets/releases; the controller is published as an image only. */
export function kubesealRelease(version: string): ReleaseFor {
  const base = github("bitnami-labs/sealed-secrets", `v${version}`);
  return (architecture) => ({
    url: `${base}/kubeseal-${version}-linux-${architecture}.tar.gz`,
    sums: `${base}/sealed-secrets_${version}_checksums.txt`,
    member: "kubeseal",
  });
}

/** https://github.com/rhysd/actionlint/releases */
export function actionlintRelease(version: string): ReleaseFor {
  const base = github("rhysd/actionlint", `v${version}`);
  return (architecture) => ({
    url: `${base}/actionlint_${version}_linux_${architecture}.tar.gz`,
    sums: `${base}/actionlint_${version}_checksums.txt`,
    member: "actionlint",
  });
}

/** https://github.com/kubernetes-sigs/kind/releases */
export function kindRelease(version: string): ReleaseFor {
  return (architecture) => {
    const url = `${github("kubernetes-sigs/kind", version)}/kind-linux-${architecture}`;
    return { url, sums: `${url}.sha256sum` };
  };
}

/** https://github.com/kubernetes-sigs/kwok/releases; it publishes no sums. */
export function kwokRelease(version: string): ReleaseFor {
  return (architecture) => ({
    url: `${github("kubernetes-sigs/kwok", version)}/kwok-linux-${architecture}`,
  });
}
