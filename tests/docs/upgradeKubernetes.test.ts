import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { until } from "../../cli/kit/until.js";
import { silent } from "../../cli/kit/progress.js";
import { earlierKubernetesTools } from "../../cli/kit/toolchain/kubernetesTool.js";
import { toolPaths } from "../../cli/kit/toolchain/tool.js";
import { tools, type ToolName } from "../../cli/kit/toolchain/tools.js";
import { apply, clusterTools, startCluster } from "../../cli/lab/node/cluster.js";
import { NodeImages } from "../../cli/lab/node/images.js";
import { debianRoot } from "../../cli/lab/node/debian.js";
import type { RealNode } from "../../cli/lab/node/realNode.js";
import { Phases } from "../../cli/lab/phases.js";
import { kubeadmConfigPath } from "../../components/control-plane/kubeadmConfig.js";
import type { Settings } from "../../stacks/settings/index.js";
import { full } from "../kit/full.js";
import { skip } from "../kit/skip.js";
import { installBridge } from "../real/machine/networks.js";
import { ChangingNode, print } from "../real/machine/running.js";
import { bundleOf, demandNode, nodeSettings } from "../real/machine/world.js";
import { documented } from "./claims.js";

const guide = "docs/guides/upgrade-kubernetes.md";
/** By component, where kubeadm's configuration has its flags. */
const parts = {
  "kube-apiserver": "apiServer",
  "kube-controller-manager": "controllerManager",
  "kube-scheduler": "scheduler",
};

/** Stand-ins in the node: there is no package repository, cgroup v1, and a pause image that prints no version. */
const standIns = {
  "apt-get": `case $1 in
  update) exec grep -q /v1.36/ /etc/apt/sources.list.d/kubernetes.list ;;
  install) shift 2
    for package; do
      name=\${package%%=*} version=\${package#*=}
      install "/opt/v\${version%-*}/$name" "/usr/bin/$name"
    done ;;
esac`,
  "apt-mark": "exit 0",
  kubeadm: `[ "$1" != upgrade ] || set -- "$@" --ignore-preflight-errors=SystemVerification,CreateJob
exec /usr/bin/kubeadm "$@"`,
};

describe(guide, function () {
  this.timeout(900_000);
  const [from, to] = [earlierKubernetesTools["earlier-kubeadm"].version, tools.kubeadm.version];
  let parent: string;
  let real: RealNode;
  let node: ChangingNode;
  let settings: Settings;
  let name: string;
  let images: NodeImages;
  /** Images of the new version. */
  let wanted: string[];

  before(async function () {
    if (!full) skip(this, "an upgrade of a real node takes minutes: npm run test:machine:full");
    demandNode(this);
    const current = await toolPaths(clusterTools, { progress: silent });
    const older = await toolPaths(Object.keys(earlierKubernetesTools) as ToolName[], { progress: silent });
    const earlier = new Map<ToolName, string>(current);
    for (const [tool, path] of older) earlier.set(tool.replace("earlier-", "") as ToolName, path);

    parent = mkdtempSync(join(tmpdir(), "cluster-security-upgrade-"));
    settings = versioned(await nodeSettings("lab"), from);
    const bundle = await bundleOf(settings);
    const options = { settings, bundle, folder: join(parent, "node"), progress: silent, paths: earlier };
    ({ node: real } = await startCluster(options, new Phases(silent, print)));
    await installBridge(real, settings);
    const { address } = settings.cluster.nodes[0]!;
    ({ name } = settings.cluster.nodes[0]!);
    node = new ChangingNode(real, name, address);
    await node.sh("kubectl create secret generic needle --from-literal=key=hay-and-needle");

    for (const [program, text] of Object.entries(standIns))
      writeFileSync(join(real.root, "usr/local/sbin", program), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const folder = join(real.root, "opt", to);
    mkdirSync(folder, { recursive: true });
    for (const program of ["kubeadm", "kubelet", "kubectl"] as const)
      copyFileSync(current.get(program)!, join(folder, program));
    mkdirSync(join(real.root, "etc/apt/sources.list.d"), { recursive: true });
    writeFileSync(
      join(real.root, "etc/apt/sources.list.d/kubernetes.list"),
      "deb https://packages.example.com/core:/stable:/v1.35/deb/ /\n",
    );
    images = new NodeImages(current, await debianRoot(silent));
  });
  after(async () => {
    await real?.stop();
    if (parent) rmSync(parent, { recursive: true, force: true });
  });

  async function block(what: string, text: string): Promise<string> {
    let said = "";
    await node.measured(what, async () => {
      said = await node.sh(text);
    });
    return said;
  }
  const running = () => node.sh("pidof kube-apiserver kube-controller-manager kube-scheduler etcd kubelet");
  const manifests = () => node.sh("cat /etc/kubernetes/manifests/*");
  /** Flags that the settings give each component, as its process has them. */
  async function flagsKept(): Promise<void> {
    const [, cluster] = parseAllDocuments(await node.sh(`cat ${kubeadmConfigPath}`)).map((one) =>
      one.toJSON(),
    );
    for (const [component, part] of Object.entries(parts)) {
      const line = (await node.commandLine(component)).split("\n");
      const flags = (cluster[part].extraArgs as { name: string; value: string }[]).map(
        ({ name, value }) => `--${name}=${value}`,
      );
      assert.ok(flags.length > 1, component);
      assert.deepEqual(
        flags.filter((flag) => !line.includes(flag)),
        [],
        component,
      );
    }
  }

  documented(guide, "Before", "fccb443f", "prints deprecated APIs in use", async ({ text }) => {
    for (const line of (await block("deprecated APIs", text)).split("\n"))
      assert.match(line, /^(\{.*\} 1)?$/);
  });

  documented(guide, "Before (2)", "08b9cf2e", "leaves a snapshot for root alone", async ({ text }) => {
    await block("snapshot", text);
    const folder = "/var/lib/cluster-security/backups";
    assert.match(await node.sh(`stat -c '%a %U' ${folder}/before-upgrade.db`), /^600 root$/m);
  });

  documented(
    guide,
    "The first control-plane node",
    "f7a0cd06",
    "names what will change",
    async ({ text }) => {
      const said = await block("kubeadm and its plan", text);
      assert.match(said, new RegExp(`kube-apiserver +${name} +${from} +${to}`));
      wanted = said.match(/^registry\.k8s\.io\/\S+$/gm) ?? [];
      assert.ok(wanted.includes(`registry.k8s.io/etcd:${tools.etcd.version}-0`), wanted.join(" "));
      // A registry would give them.
      await real.import(await images.make(wanted));
    },
  );

  documented(
    guide,
    "The first control-plane node (2)",
    "da5d6b6c",
    "upgrades the components; each keeps the flags of the settings",
    async ({ text }) => {
      await flagsKept();
      await block("kubeadm upgrade apply", text);
      const path = "jsonpath={.items[*].spec.containers[*].image}";
      const { stdout } = await real.run([
        ...["kubectl", "get", "pods", "--namespace=kube-system", "--selector=tier=control-plane", "-o", path],
      ]);
      assert.deepEqual(
        wanted.filter((image) => /\/(kube-(a|c|s).*|etcd):/.test(image)).sort(),
        stdout.split(" ").sort(),
      );
      await flagsKept();
      assert.match(await node.stored("needle"), /^k8s:enc:aescbc:v1:key1:/);
      assert.equal(
        await node.sh("kubectl get secret needle -o go-template='{{.data.key | base64decode}}'"),
        "hay-and-needle",
      );
    },
  );

  it("refuses the settings of the version before, and changes nothing", async () => {
    const old = await bundleOf(settings);
    const said = `kubernetesVersion: the settings say ${from}, the cluster has ${to}\\. .*; nothing was changed`;
    await node.refuses("the version before", old, new RegExp(said));
  });

  documented(
    guide,
    "Other control-plane nodes",
    "b27c6831",
    "restarts nothing where nothing differs",
    async ({ text }) => {
      const before = [await manifests(), await running()];
      await block("kubeadm upgrade node", text);
      assert.deepEqual([await manifests(), await running()], before);
    },
  );

  documented(
    guide,
    "The kubelet of every node",
    "528a1781",
    "is of the new version; it starts the components anew, with the same flags",
    async ({ text }) => {
      await node.measured("the kubelet", async () => {
        await node.sh(text);
        await until(
          async () => (await node.sh("kubectl get nodes --no-headers || :")).includes(to),
          "the kubelet does not come back",
        );
        // Until it has looked at all pods.
        await node.sh(
          'sleep 30; until [ "$(kubectl get --raw /readyz)" = ok ]; do sleep 1; done 2>/dev/null',
        );
      });
      await flagsKept();
    },
  );

  it("After: the new version in the settings restarts nothing", async () => {
    const bundle = await bundleOf(versioned(settings, to));
    const before = [await manifests(), await running()];
    const { result } = await node.apply("the new version in the settings", bundle);
    assert.equal(result, "applied: 1 files");
    assert.deepEqual([await manifests(), await running()], before);
    assert.equal(await apply(real, name, bundle), "applied: nothing changed");
    await real.run(["sh", "-ec", "kubeadm upgrade node"]);
    assert.deepEqual([await manifests(), await running()], before);
  });
});

function versioned(settings: Settings, kubernetesVersion: string): Settings {
  return { ...settings, cluster: { ...settings.cluster, kubernetesVersion } };
}
