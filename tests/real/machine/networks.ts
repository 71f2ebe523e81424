import { readdirSync, readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { basename, join } from "node:path";
import { stringify } from "yaml";
import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { network as cilium } from "../../../stacks/sections/network.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { fetchCharts } from "../../../cli/kit/charts.js";
import { silent } from "../../../cli/kit/progress.js";
import { toolPaths } from "../../../cli/kit/toolchain/tool.js";
import {
  ciliumAdditions,
  ciliumContents,
  ciliumImageNames,
  toolsOfCilium,
} from "../../../cli/lab/node/cilium.js";
import type { startCluster } from "../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { capture } from "../../kit/capture.js";

/** The command line of kubectl for what is in kube-system. */
export const kubectl = ["kubectl", "--namespace", systemNamespace];

/** Gives the pods of a node a network of CNI's own plugins, which know no policies; waits until CoreDNS runs. */
export async function installBridge(node: RealNode, { cluster }: Settings): Promise<void> {
  const first = cluster.podSubnet.split(",").find((subnet) => isIPv4(subnet.split("/")[0]!))!;
  const subnet = first.replace(/\/\d+$/, "/24");
  const network = {
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        ...{ type: "bridge", bridge: "cni0", isGateway: true, ipMasq: true, hairpinMode: true },
        ipam: { type: "host-local", ranges: [[{ subnet }]], routes: [{ dst: "0.0.0.0/0" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
  await node.run(["sh", "-c", "cat >/etc/cni/net.d/10-pods.conflist"], JSON.stringify(network));
  await untilReady(node, ["daemonset/kube-proxy", "deployment/coredns"]);
}

/** Gives a node Cilium as a stack with these settings does, and waits until it is ready. */
export async function installCilium(
  { node, images, root }: Awaited<ReturnType<typeof startCluster>>,
  settings: Settings,
): Promise<void> {
  const paths = await toolPaths(["helm", ...toolsOfCilium], { progress: silent });
  images.add(ciliumContents(paths, root));
  await node.import(await images.make(ciliumImageNames));
  const { crds } = await fetchCharts(silent);
  // With monitoring, the chart makes ServiceMonitors.
  const definitions = readdirSync(crds).find((name) => name.startsWith("prometheus-operator-"))!;
  await node.run(
    ["kubectl", "apply", "--server-side", "--filename", "-"],
    readFileSync(join(crds, definitions)),
  );
  await put(node, helm, readFileSync(paths.get("helm")!));
  await node.run(["chmod", "700", helm]);
  await upgradeCilium(node, settings);
  await untilReady(node, ["daemonset/cilium", "daemonset/kube-proxy", "deployment/coredns"]);
}

/**
 * Makes Cilium what the settings say, by the release that the stack registers, as its provider does. Helm does not wait for
 * the agent: the chart lets two be unavailable.
 */
export async function upgradeCilium(node: RealNode, settings: Settings): Promise<void> {
  const { resources } = await capture(() => cilium(settings, {}));
  const { inputs } = resources.find(({ type }) => type === "kubernetes:helm.sh/v3:Release")!;
  const { name, namespace, chart, version, values, atomic, timeout } = inputs as Record<string, string>;
  const { charts } = await fetchCharts(silent);
  const archive = await put(
    node,
    "/run/cilium.tgz",
    readFileSync(join(charts, `${basename(chart!)}-${version}.tgz`)),
  );
  const files = await Promise.all(
    [values, ciliumAdditions].map((one, index) => put(node, `/run/cilium-values-${index}`, stringify(one))),
  );
  await node
    .run([
      ...[helm, "upgrade", "--install", name!, archive, "--namespace", namespace!, "--reset-values"],
      ...[...(atomic ? ["--atomic"] : []), "--wait", `--timeout=${timeout}s`],
      ...files.flatMap((file) => ["--values", file]),
    ])
    .catch(async (error: Error) => {
      const logs = [...kubectl, "logs", "daemonset/cilium", "--all-containers", "--tail=20"];
      const { stdout } = await node.run(logs).catch(() => ({ stdout: "" }));
      throw new Error(`${error.message}\n${stdout}`);
    });
}

const helm = "/run/helm";

async function put(node: RealNode, path: string, content: string | Buffer): Promise<string> {
  await node.run(["sh", "-c", `cat >${path}`], content);
  return path;
}

/** Waits until workloads of kube-system, such as daemonset/kube-proxy, are rolled out. */
export async function untilReady(node: RealNode, workloads: string[]): Promise<void> {
  for (const workload of workloads)
    await node.run([...kubectl, "rollout", "status", workload, "--timeout=300s"]);
}
