import { certificateTools } from "./certificateTools.js";
import { ciliumTools } from "./ciliumTools.js";
import { earlierKubernetesTools, kubernetesTool } from "./kubernetesTool.js";
import { neighbourTools } from "./neighbourTools.js";
import type { Tool } from "./pinnedTool.js";
import { pulumiTools } from "./pulumiTools.js";
import {
  actionlintRelease,
  corednsRelease,
  etcdRelease,
  helmRelease,
  kindRelease,
  kubesealRelease,
  kwokRelease,
} from "./releases.js";
import { veleroTools } from "./veleroTools.js";

const helm = "v3.22.0";
const actionlint = "1.7.7";
const etcd = "3.6.8";
const coredns = "1.14.2";
const kwok = "v0.7.0";
const sealedSecrets = "0.38.4";
const kind = "v0.33.0";
const netpolAnalyzer = "v1.2.0";
const rclone = "v1.71.0";

function etcdTool(name: string, path: string, ...versionArguments: string[]): Tool {
  return {
    name,
    title: `${name} ${etcd}`,
    module: "etcd",
    package: `go.etcd.io/etcd/${path}/v3`,
    version: etcd,
    variables: {},
    versionArguments,
    download: "https://github.com/etcd-io/etcd/releases",
    release: etcdRelease(name, etcd),
    buildMinutes: 0.5,
  };
}

function sealedSecretsTool(name: string, command: string): Tool {
  return {
    name,
    title: `${name} ${sealedSecrets}`,
    module: "sealed-secrets",
    package: `github.com/bitnami/sealed-secrets/cmd/${command}`,
    version: sealedSecrets,
    variables: { "main.VERSION": sealedSecrets },
    versionArguments: ["--version"],
    download: "https://github.com/bitnami/sealed-secrets/releases",
    buildMinutes: 0.5,
  };
}

/** tools/<module>/main.go, a command of ours for a library. It has the library's version. */
function ownTool(
  module: string,
  library: string,
  { title, version, ...rest }: Pick<Tool, "title" | "version"> & Partial<Tool>,
): Tool {
  return {
    name: module,
    title: `${title} ${version}`,
    module,
    package: `cluster-security/tools/${module}`,
    versionOf: library,
    version,
    variables: { "main.version": version },
    versionArguments: ["--version"],
    // Most are published as a library alone.
    download: `https://pkg.go.dev/${library}`,
    buildMinutes: 0.5,
    ...rest,
  };
}

/** Versions follow tools/<module>/go.mod; a test compares them. */
export const tools = {
  ...pulumiTools,
  helm: {
    name: "helm",
    title: `Helm ${helm}`,
    module: "helm",
    package: "helm.sh/helm/v3/cmd/helm",
    version: helm,
    // Without the last two it believes in Kubernetes 1.20.
    variables: {
      "helm.sh/helm/v3/internal/version.version": helm,
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
      "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "36",
    },
    versionArguments: ["version", "--short"],
    download: "https://helm.sh/docs/intro/install/",
    release: helmRelease(helm),
    buildMinutes: 2,
  },
  actionlint: {
    name: "actionlint",
    title: `actionlint ${actionlint}`,
    module: "actionlint",
    package: "github.com/rhysd/actionlint/cmd/actionlint",
    version: actionlint,
    variables: { "github.com/rhysd/actionlint.version": actionlint },
    versionArguments: ["-version"],
    download: "https://github.com/rhysd/actionlint/releases",
    release: actionlintRelease(actionlint),
    buildMinutes: 0.5,
  },
  kubeadm: kubernetesTool("kubeadm", 2, "version", "-o", "short"),
  "kube-apiserver": kubernetesTool("kube-apiserver", 2, "--version"),
  // For tests of key rotation: with the real one each step takes up to a minute.
  "kube-apiserver-quick-reload": {
    ...kubernetesTool("kube-apiserver-quick-reload", 0.1, "--version"),
    release: undefined,
    package: "cluster-security/tools/kubernetes/apiserver-quick-reload",
    versionOf: "k8s.io/kubernetes",
  },
  "kube-controller-manager": kubernetesTool("kube-controller-manager", 2, "--version"),
  "kube-scheduler": kubernetesTool("kube-scheduler", 0.2, "--version"),
  kubectl: kubernetesTool("kubectl", 0.5, "version", "--client"),
  kubelet: { ...kubernetesTool("kubelet", 2, "--version"), onDemand: true },
  "kube-proxy": { ...kubernetesTool("kube-proxy", 0.5, "--version"), onDemand: true },
  ...earlierKubernetesTools,
  coredns: {
    name: "coredns",
    title: `CoreDNS ${coredns}`,
    module: "coredns",
    package: "github.com/coredns/coredns",
    version: coredns,
    variables: {},
    versionArguments: ["--version"],
    download: "https://github.com/coredns/coredns/releases",
    release: corednsRelease(coredns),
    buildMinutes: 4,
    onDemand: true,
  },
  ...certificateTools,
  ...neighbourTools,
  etcd: etcdTool("etcd", "server", "--version"),
  etcdctl: etcdTool("etcdctl", "etcdctl", "version"),
  kwok: {
    name: "kwok",
    title: `kwok ${kwok}`,
    module: "kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    version: kwok,
    variables: {},
    versionArguments: ["--version"],
    download: "https://github.com/kubernetes-sigs/kwok/releases",
    release: kwokRelease(kwok),
    buildMinutes: 1.5,
  },
  kind: {
    name: "kind",
    title: `kind ${kind}`,
    module: "kind",
    package: "sigs.k8s.io/kind",
    version: kind,
    variables: {},
    versionArguments: ["version"],
    download: "https://github.com/kubernetes-sigs/kind/releases",
    release: kindRelease(kind),
    buildMinutes: 0.5,
  },
  "sealed-secrets-controller": sealedSecretsTool("sealed-secrets-controller", "controller"),
  kubeseal: { ...sealedSecretsTool("kubeseal", "kubeseal"), release: kubesealRelease(sealedSecrets) },
  ...ciliumTools,
  "netpol-analyzer": {
    // Its own releases call it k8snetpolicy; this is what Go calls it.
    name: "netpolicy",
    title: `netpol-analyzer ${netpolAnalyzer}`,
    module: "netpol-analyzer",
    package: "github.com/np-guard/netpol-analyzer/cmd/netpolicy",
    version: netpolAnalyzer,
    variables: {},
    // It cannot say which version it is, so one that is found on PATH is not taken.
    versionArguments: ["--version"],
    download: "https://github.com/np-guard/netpol-analyzer/releases",
    buildMinutes: 1,
  },
  "alloy-syntax": ownTool("alloy-syntax", "github.com/grafana/alloy/syntax", {
    title: "the parser of Alloy configurations",
    version: "v0.1.0",
  }),
  licences: ownTool("licences", "github.com/google/licensecheck", { title: "licences", version: "v0.3.1" }),
  rclone: ownTool("rclone", "github.com/rclone/rclone", {
    title: "rclone",
    version: rclone,
    variables: { "github.com/rclone/rclone/fs.Version": rclone },
    versionArguments: ["version"],
    download: "https://rclone.org/downloads/",
  }),
  ...veleroTools,
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;
