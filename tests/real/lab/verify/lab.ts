import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { parseAllDocuments, stringify } from "yaml";
import { ControlPlane } from "../../../../components/control-plane/controlPlane.js";
import { kubeadmConfigPath } from "../../../../components/control-plane/kubeadmConfig.js";
import { LabControlPlane, stopLab } from "../../../../cli/lab/cluster/labControlPlane.js";
import { stop } from "../../../../cli/lab/cluster/daemon.js";
import { kubeadm, type WrittenFile } from "../../../../cli/lab/cluster/kubeadm.js";
import { kubectlWith } from "../../../../cli/lab/kubectl.js";
import { parseSettings, type Settings } from "../../../../stacks/settings/index.js";
import { KubeApi } from "../../../../stacks/kubernetes/api.js";
import type { Concern, Finding } from "../../../../cli/verify/claim.js";
import { create } from "../../../../cli/verify/cluster/objects.js";
import { verify } from "../../../../cli/verify/run.js";
import { openTarget, type Target, type TargetOptions } from "../../../../cli/verify/cluster/target.js";
import { binaries } from "../sealed-secrets/lab.js";
import { capture, valueOf } from "../../../kit/capture.js";
import { rawSettings } from "../../../stacks/settings/fixtures.js";

export { binaries };

/** Settings of the least environment with changes, as `rawSettings` takes them. */
export function settingsWith(set: Record<string, unknown> = {}): Settings {
  return parseSettings(rawSettings({ set: { "cluster.certSANs": ["127.0.0.1"], ...set } }), "test").settings;
}

/** The node files that the program renders for the settings. A key of the same name is the same every time. */
export async function nodeFilesOf({ cluster, controlPlane }: Settings): Promise<WrittenFile[]> {
  let component!: ControlPlane;
  await capture(
    () => {
      const { name, nodes, kubernetesVersion, certSANs, podSubnet, serviceSubnet, dnsDomain } = cluster;
      component = new ControlPlane("control-plane", {
        clusterName: name,
        nodes,
        kubernetesVersion,
        certSANs,
        podSubnet,
        serviceSubnet,
        dnsDomain,
        ...controlPlane,
      });
    },
    { outputs: (type, name) => (type.endsWith(":RandomPassword") ? { result: keyOf(name) } : {}) },
  );
  return await valueOf(component.files);
}

const seed = randomBytes(32);

/** What the state of a stack would keep from one run to the next. */
function keyOf(name: string): string {
  return createHash("sha256").update(seed).update(name).digest("base64");
}

/** The same files with another flag of the API server; undefined takes the flag out. */
export function withApiServerFlags(
  files: WrittenFile[],
  flags: Record<string, string | undefined>,
): WrittenFile[] {
  return files.map((file) => {
    if (file.path !== kubeadmConfigPath) return file;
    const documents = parseAllDocuments(file.content).map((document) => document.toJSON());
    const { apiServer } = documents.find(({ kind }) => kind === "ClusterConfiguration");
    apiServer.extraArgs = [
      ...apiServer.extraArgs.filter(({ name }: { name: string }) => !(name in flags)),
      ...Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }])),
    ];
    return { ...file, content: documents.map((document) => stringify(document)).join("---\n") };
  });
}

/** The same files with the content of one of them changed, and its name left as it is. */
export function withContent(
  files: WrittenFile[],
  path: RegExp,
  change: (content: string) => string,
): WrittenFile[] {
  const found = files.filter((file) => path.test(file.path));
  if (found.length !== 1) throw new Error(`${found.length} node files are named ${path.source}`);
  return files.map((file) => (file === found[0] ? { ...file, content: change(file.content) } : file));
}

const watchers = ["kube-controller-manager", "kube-scheduler"] as const;
const components = ["etcd", "kube-apiserver", ...watchers] as const;

/** One control plane for one suite. */
export class Lab {
  private constructor(
    readonly name: string,
    readonly plane: LabControlPlane,
  ) {}

  /**
   * Makes a lab of a name that no other run has. Nothing runs in it yet.
   *
   * @param rehearse Whether its API server tries its files first. Default: false, they are known to be right.
   */
  static async of(suite: string, { rehearse = false } = {}): Promise<Lab> {
    const name = `verify-${suite}-${process.pid}`;
    const plane = await LabControlPlane.of({
      name,
      binaries,
      nodeAddress: settingsWith().cluster.nodes[0]!.address,
      configurationPath: kubeadmConfigPath,
      keep: false,
      rehearse,
    });
    return new Lab(name, plane);
  }

  /**
   * Lays the files on the node, and gives the components whose manifest they changed, which therefore restart.
   *
   * @throws Error when any other component than those was restarted.
   */
  async apply(files: WrittenFile[]): Promise<string[]> {
    await this.stopWatchers();
    const before = this.manifests();
    const started = await this.plane.apply(files);
    const after = this.manifests();
    const changed = components.filter((component) => before[component] !== after[component]);
    assert.deepEqual(
      started,
      components.filter((component) => [...changed, ...watchers].includes(component)),
      "nothing restarts but what has another manifest, and what was stopped",
    );
    return changed;
  }

  /** Restarts the API server as it is, so that it reads its files again. */
  async restartApiServer(): Promise<void> {
    await this.stopWatchers();
    for (const component of ["kube-apiserver", ...watchers] as const) await this.plane.restart(component);
  }

  /** Their watches keep the API server from stopping until its grace is over; stopped first, it goes at once. */
  private async stopWatchers(): Promise<void> {
    for (const component of watchers) await stop(this.plane.paths.processes, component);
  }

  private manifests(): Partial<Record<string, string>> {
    const folder = join(this.plane.paths.node, "etc/kubernetes/manifests");
    const file = (component: string): string => join(folder, `${component}.yaml`);
    return Object.fromEntries(
      components
        .filter((component) => existsSync(file(component)))
        .map((component) => [component, readFileSync(file(component), "utf8")]),
    );
  }

  stop(): Promise<void> {
    return stopLab(this.name, { removeFiles: true });
  }

  /** The lab as `npm run verify` sees it, with access to its node. */
  target(settings: Settings, options: Partial<TargetOptions> = {}): Promise<Target> {
    return openTarget({
      settings,
      kubeconfig: this.plane.paths.kubeconfig,
      nodeRoot: this.plane.paths.node,
      etcdEndpoint: `https://127.0.0.1:${this.plane.ports.etcdClient}`,
      ...options,
    });
  }

  /** What is found about each claim of a concern. */
  async findings(
    concern: Concern,
    settings: Settings,
    options?: Partial<TargetOptions>,
  ): Promise<Record<string, Finding>> {
    const outcomes = await verify(await this.target(settings, options), [concern]);
    return Object.fromEntries(outcomes.map(({ claim, status, evidence }) => [claim, { status, evidence }]));
  }

  /**
   * Runs kubectl as the administrator; answers with what it printed, and fails with what it said.
   *
   * @param input An object, given as JSON.
   */
  kubectl(args: readonly string[], input?: object): Promise<string> {
    const kubectl = kubectlWith(binaries("kubectl"), this.plane.paths.kubeconfig);
    return kubectl(args, { input: JSON.stringify(input) });
  }

  /** Somebody who signs in with a kubeconfig of the node. */
  kubeconfigUser(name: string): Promise<KubeApi> {
    return KubeApi.at(join(this.plane.paths.node, "etc/kubernetes", `${name}.conf`));
  }

  /** Somebody who signs in with a client certificate of the cluster's CA. */
  certificateUser(name: string, groups: string[] = []): Promise<KubeApi> {
    const { node } = this.plane.paths;
    const text = kubeadm(
      binaries("kubeadm"),
      [
        "kubeconfig",
        "user",
        "--config",
        join(node, "tmp/kubeadm.yaml"),
        "--client-name",
        name,
        ...groups.flatMap((group) => ["--org", group]),
      ],
      join(node, "tmp/kubeadm"),
    );
    const config = new KubeConfig();
    config.loadFromString(text.replace(/server: .*/, `server: ${this.plane.server}`));
    return KubeApi.of(config);
  }

  /** Somebody who signs in with a token. */
  async tokenUser(token: string): Promise<KubeApi> {
    const admin = new KubeConfig();
    admin.loadFromFile(this.plane.paths.kubeconfig);
    const config = new KubeConfig();
    config.loadFromClusterAndUser(admin.getCurrentCluster()!, { name: "token", token });
    return KubeApi.of(config);
  }

  /** A ServiceAccount, made if it does not exist, signed in with a token of its own. */
  async serviceAccount(
    admin: KubeApi,
    namespace: string,
    name: string,
  ): Promise<{ api: KubeApi; token: string }> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const made = await admin.request({ method: "POST", path, body: { metadata: { name } } });
    if (made.status !== 201 && made.status !== 409) throw new Error(made.body);
    const { status } = await create<{ status: { token: string } }>(admin, `${path}/${name}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 3600 },
    });
    return { api: await this.tokenUser(status.token), token: status.token };
  }
}
