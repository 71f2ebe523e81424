/** A pinned tool: where its source is pinned, and how to tell which version a binary is. */
export interface Tool {
  /** Name of the binary. */
  name: string;
  /** What messages call it. */
  title: string;
  /** Folder under tools/ whose go.mod and go.sum pin the source. */
  module: string;
  /** Go package of the command. */
  package: string;
  /** Go module whose version it has, where the command is a main of ours beside the go.mod. Default: its package's. */
  versionOf?: string;
  version: string;
  /** Values set at link time, by variable. */
  variables: Record<string, string>;
  /** Arguments that make it print its version. */
  versionArguments: string[];
  /** Where prebuilt versions are offered, for somebody who has no Go. */
  download: string;
  /** About how long it takes to build the first time. */
  buildTime: string;
}

const pulumi = "3.248.0";
const helm = "v3.22.0";
const actionlint = "1.7.7";
const kubernetes = "v1.36.2";
const etcd = "3.6.5";
const kwok = "v0.7.0";
const sealedSecrets = "0.38.4";
const kind = "v0.33.0";
const cilium = "1.20.0";
const netpolAnalyzer = "v1.2.0";
const rclone = "v1.71.0";
const velero = "v1.18.2";
const veleroPlugin = "v1.14.2";

/** A command of Kubernetes; they are built from one module, so the first one takes longest. */
function kubernetesTool<Name extends string>(name: Name, ...versionArguments: string[]) {
  const [major, minor] = kubernetes.slice(1).split(".");
  return {
    name,
    title: `${name} ${kubernetes}`,
    module: "kubernetes",
    package: `k8s.io/kubernetes/cmd/${name}`,
    version: kubernetes,
    variables: {
      "k8s.io/component-base/version.gitVersion": kubernetes,
      "k8s.io/component-base/version.gitMajor": major!,
      "k8s.io/component-base/version.gitMinor": minor!,
      "k8s.io/client-go/pkg/version.gitVersion": kubernetes,
    },
    versionArguments,
    download: "https://kubernetes.io/releases/download/",
    buildTime: "1 to 4 minutes",
  };
}

function etcdTool(name: string, path: string, ...versionArguments: string[]) {
  return {
    name,
    title: `${name} ${etcd}`,
    module: "etcd",
    package: `go.etcd.io/etcd/${path}/v3`,
    version: etcd,
    variables: {},
    versionArguments,
    download: "https://github.com/etcd-io/etcd/releases",
    buildTime: "1 minute",
  };
}

function sealedSecretsTool(name: string, command: string, version: string) {
  return {
    name,
    title: `${name} ${sealedSecrets}`,
    module: "sealed-secrets",
    package: `github.com/bitnami/sealed-secrets/cmd/${command}`,
    version,
    variables: { "main.VERSION": version },
    versionArguments: ["--version"],
    download: "https://github.com/bitnami/sealed-secrets/releases",
    buildTime: "1 minute",
  };
}

function veleroPluginTool(name: string, title: string) {
  return {
    name,
    title,
    module: name,
    package: "github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
    version: veleroPlugin,
    variables: {},
    // It cannot say which version it is, so one that is found on PATH is not taken.
    versionArguments: ["--version"],
    download: "https://github.com/vmware-tanzu/velero-plugin-for-aws",
    buildTime: "1 to 3 minutes",
  };
}

/** Versions follow tools/<module>/go.mod; a test compares them. */
export const tools = {
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
    buildTime: "3 to 5 minutes",
  },
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
    buildTime: "1 to 2 minutes",
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
    buildTime: "half a minute",
  },
  kubeadm: kubernetesTool("kubeadm", "version", "-o", "short"),
  "kube-apiserver": kubernetesTool("kube-apiserver", "--version"),
  // For tests of key rotation: with the real one each step takes up to a minute.
  "kube-apiserver-quick-reload": {
    ...kubernetesTool("kube-apiserver-quick-reload", "--version"),
    package: "cluster-security/tools/kubernetes/apiserver-quick-reload",
    versionOf: "k8s.io/kubernetes",
  },
  "kube-controller-manager": kubernetesTool("kube-controller-manager", "--version"),
  "kube-scheduler": kubernetesTool("kube-scheduler", "--version"),
  kubectl: kubernetesTool("kubectl", "version", "--client"),
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
    buildTime: "1 to 2 minutes",
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
    buildTime: "half a minute",
  },
  "sealed-secrets-controller": sealedSecretsTool("sealed-secrets-controller", "controller", sealedSecrets),
  kubeseal: sealedSecretsTool("kubeseal", "kubeseal", sealedSecrets),
  "cilium-policy": {
    name: "cilium-policy",
    title: `the policy check of Cilium ${cilium}`,
    module: "cilium-policy",
    package: "cluster-security/tools/cilium-policy",
    versionOf: "github.com/cilium/cilium",
    version: cilium,
    variables: { "main.version": cilium },
    versionArguments: ["--version"],
    // Cilium publishes no command that checks a policy.
    download: "https://github.com/cilium/cilium",
    buildTime: "2 minutes",
  },
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
    buildTime: "1 minute",
  },
  rclone: {
    name: "rclone",
    title: `rclone ${rclone}`,
    module: "rclone",
    package: "cluster-security/tools/rclone",
    versionOf: "github.com/rclone/rclone",
    version: rclone,
    variables: { "github.com/rclone/rclone/fs.Version": rclone },
    versionArguments: ["version"],
    download: "https://rclone.org/downloads/",
    buildTime: "half a minute",
  },
  "velero-server": {
    name: "velero-server",
    title: `the server of Velero ${velero}`,
    module: "velero",
    package: "cluster-security/tools/velero",
    versionOf: "github.com/vmware-tanzu/velero",
    version: velero,
    variables: { "github.com/vmware-tanzu/velero/pkg/buildinfo.Version": velero },
    versionArguments: ["version"],
    download: "https://github.com/vmware-tanzu/velero/releases",
    buildTime: "3 to 5 minutes",
  },
  "velero-plugin-for-aws": veleroPluginTool("velero-plugin-for-aws", `velero-plugin-for-aws ${veleroPlugin}`),
  // The cluster pins a version whose source cannot be had everywhere; what sets it apart is this SDK.
  "velero-plugin-for-aws-earlier-sdk": veleroPluginTool(
    "velero-plugin-for-aws-earlier-sdk",
    `velero-plugin-for-aws ${veleroPlugin} with the AWS SDK of v1.14.0`,
  ),
} satisfies Record<string, Tool>;

export type ToolName = keyof typeof tools;
