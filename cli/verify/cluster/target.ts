import { resolve } from "node:path";
import { rootCertificates } from "node:tls";
import type { ChartName } from "../../../components/common/charts.js";
import { loadKubeconfig } from "../../../stacks/kubernetes/kubeconfig.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { KubeApi, type Api } from "../../../stacks/kubernetes/api.js";
import { NodeFileSystem } from "./node.js";
import { list, type KubeObject } from "./objects.js";
import { Scratch } from "./scratch.js";
import { UserError } from "../../kit/userError.js";
import { web, type Web } from "./web.js";

/** What issues certificates in place of Let's Encrypt, as in the lab. */
export interface AcmeStandIn {
  /** Such as pebble. */
  name: string;
  /** Certificate, in PEM form, that those it issues lead to. */
  root: string;
}

/** A live cluster, and what is known about it. */
export interface Target {
  api: Api;
  /** The stack's settings: which names and levels are promised. */
  settings: Settings;
  /** Files the administrator's credentials come from. */
  kubeconfigs: string[];
  /** File system of a control-plane node; undefined where there is no access to one. */
  node: NodeFileSystem | undefined;
  /** Address of etcd, where it is not the one in the API server's manifest. */
  etcdEndpoint: string | undefined;
  /** Charts whose release is only recorded, because the lab could not have the chart. */
  recorded: ReadonlySet<ChartName>;
  /** True where no pod really runs, as in the lab: what a controller would have done is not done. */
  simulatedPods: boolean;
  /** A way to servers outside the API: what users and issuers talk to. */
  web: Web;
  /** Certificates, in PEM form, of the authorities that browsers trust. */
  roots: readonly string[];
  /** What stands in for Let's Encrypt; another server then stands in for Cloudflare. Default: nothing does. */
  acmeStandIn?: AcmeStandIn;
  /** A namespace to try things out in. */
  scratch: Scratch;
  /** Certificates in PEM form of every sealing key the stack's state holds. Default: unknown. */
  sealingCertificates?: readonly string[];
  /** Path of kubeseal. Default: the one on PATH. */
  kubeseal?: string;
  /** Why no Sealed Secrets controller runs here, and what would help, where that is known. */
  controllerProblem?: string;
  /** Whose rights the Sealed Secrets controller has, where they are not those its chart gives it, as in the lab. */
  standInRights?: string;
}

export interface TargetOptions {
  settings: Settings;
  /** Default: KUBECONFIG, else ~/.kube/config. */
  kubeconfig?: string;
  /** Default: the kubeconfig's current context. */
  context?: string;
  /** Folder that is the root of a control-plane node's file system. Default: no access. */
  nodeRoot?: string;
  /** Default: the API server's flag --etcd-servers. */
  etcdEndpoint?: string;
  /** Default: none. */
  recorded?: Iterable<ChartName>;
  /** Default: unknown. */
  sealingCertificates?: readonly string[];
  /** Default: the one on PATH. */
  kubeseal?: string;
  controllerProblem?: string;
  standInRights?: string;
  acmeStandIn?: AcmeStandIn;
  /** Default: from this machine. */
  web?: Web;
}

/**
 * Reads the kubeconfig and finds out whether the API server answers.
 *
 * @throws UserError where it does not.
 */
export async function openTarget(options: TargetOptions): Promise<Target> {
  const { config, files: kubeconfigs } = await loadKubeconfig(options).catch((error: Error) => {
    throw new UserError(error.message);
  });
  const api = await KubeApi.of(config).catch((error: Error) => {
    throw new UserError(`${kubeconfigs.join(", ")} cannot be used: ${error.message}`);
  });
  await assertAnswers(api, kubeconfigs);
  return {
    api,
    settings: options.settings,
    kubeconfigs,
    node: options.nodeRoot === undefined ? undefined : nodeFiles(options.nodeRoot),
    etcdEndpoint: options.etcdEndpoint,
    recorded: new Set(options.recorded),
    simulatedPods: await hasSimulatedPods(api),
    web: options.web ?? web,
    roots: rootCertificates,
    acmeStandIn: options.acmeStandIn,
    scratch: new Scratch(api),
    sealingCertificates: options.sealingCertificates,
    kubeseal: options.kubeseal,
    controllerProblem: options.controllerProblem,
    standInRights: options.standInRights,
  };
}

async function assertAnswers(api: Api, kubeconfigs: string[]): Promise<void> {
  const answer = await api.request({ path: "/version" }).catch((error: Error) => {
    throw new UserError(`the API server ${api.server.origin} does not answer: ${error.message}`);
  });
  if (answer.status === 200) return;
  throw new UserError(
    `the API server ${api.server.origin} refuses the credentials of ${kubeconfigs.join(", ")} (status ${answer.status})`,
  );
}

function nodeFiles(root: string): NodeFileSystem {
  const files = new NodeFileSystem(resolve(root));
  let problem = "it has no etc/kubernetes/manifests/kube-apiserver.yaml, or only root may look there";
  try {
    if (files.flags("kube-apiserver")) return files;
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new UserError(`${files.root} is not the root of a control-plane node: ${problem}`);
}

/** kwok plays the kubelet of every node, or there is no node at all. */
async function hasSimulatedPods(api: Api): Promise<boolean> {
  type Node = KubeObject & { status?: { nodeInfo?: { kubeletVersion: string } } };
  const nodes = (await list<Node>(api, "/api/v1/nodes")) ?? [];
  return nodes.every(({ status }) => status?.nodeInfo?.kubeletVersion.startsWith("kwok-"));
}
