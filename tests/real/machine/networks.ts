import { readdirSync, readFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { charts } from "../../../components/common/charts.js";
import { ciliumValues } from "../../../components/network/cilium.js";
import { ciliumArgs } from "../../../stacks/sections/network.js";
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
import { debianRoot } from "../../../cli/lab/node/debian.js";
import type { NodeImages } from "../../../cli/lab/node/images.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";

const kubectl = ["kubectl", "--namespace", systemNamespace];

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

/** Installs Cilium by its official chart with the program's values, as a stack does, and waits until it is ready. */
export async function installCilium(node: RealNode, images: NodeImages, settings: Settings): Promise<void> {
  const paths = await toolPaths(["helm", ...toolsOfCilium], { progress: silent });
  images.add(ciliumContents(paths, await debianRoot(silent)));
  await node.import(await images.make(ciliumImageNames));

  const fetched = await fetchCharts(silent);
  // With monitoring, the chart makes ServiceMonitors.
  const definitions = readdirSync(fetched.crds).find((name) => name.startsWith("prometheus-operator-"))!;
  await node.run(
    ["kubectl", "apply", "--server-side", "--filename", "-"],
    readFileSync(join(fetched.crds, definitions)),
  );
  const { version } = charts.cilium;
  const put = async (name: string, content: string | Buffer): Promise<string> => {
    await node.run(["sh", "-c", `cat >/run/${name}`], content);
    return `/run/${name}`;
  };
  const helm = await put("helm", readFileSync(paths.get("helm")!));
  const archive = await put("cilium.tgz", readFileSync(join(fetched.charts, `cilium-${version}.tgz`)));
  const values = [ciliumValues(ciliumArgs(settings)), ciliumAdditions];
  const files = await Promise.all(
    values.map((one, index) => put(`cilium-values-${index}.yaml`, stringify(one))),
  );
  await node.run(["chmod", "700", helm]);
  await node.run([
    ...[helm, "upgrade", "--install", "cilium", archive, "--namespace", systemNamespace],
    ...files.flatMap((file) => ["--values", file]),
  ]);
  const relay = settings.network.hubble ? ["deployment/hubble-relay"] : [];
  const workloads = ["daemonset/cilium", "deployment/cilium-operator", ...relay];
  await untilReady(node, [...workloads, "daemonset/kube-proxy", "deployment/coredns"]).catch(
    async (error: Error) => {
      const logs = [...kubectl, "logs", "daemonset/cilium", "--all-containers", "--tail=20"];
      const { stdout } = await node.run(logs).catch(() => ({ stdout: "" }));
      throw new Error(`${error.message}\n${stdout}`);
    },
  );
}

async function untilReady(node: RealNode, workloads: string[]): Promise<void> {
  for (const workload of workloads)
    await node.run([...kubectl, "rollout", "status", workload, "--timeout=300s"]);
}
