import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { charts } from "../../../components/common/charts.js";
import { ciliumValues } from "../../../components/network/cilium.js";
import { ciliumArgs } from "../../../stacks/sections/network.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { fetchCharts } from "../../kit/charts.js";
import type { Progress } from "../../kit/progress.js";
import { UserError } from "../../kit/userError.js";
import type { RealNode } from "./realNode.js";

/** What a node made of this machine's namespaces needs in addition to the program's own values. */
export const additions = {
  cni: {
    // Where Debian's containerd looks for plugins.
    binPath: "/usr/lib/cni",
  },
  // There is no image of Envoy: it comes from no Go module.
  envoy: { enabled: false },
  // The job of the method that the program chooses runs an image whose source not every module proxy has.
  hubble: { tls: { auto: { method: "helm" } } },
  securityContext: {
    capabilities: {
      // The chart's own without SYS_RESOURCE, which root has not got in every container, and which they do not need on
      // a kernel of the last years.
      ciliumAgent: [
        ...["CHOWN", "KILL", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "SYS_MODULE", "SYS_ADMIN"],
        ...["DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SYSLOG"],
      ],
      cleanCiliumState: ["NET_ADMIN", "SYS_MODULE", "SYS_ADMIN"],
    },
  },
};

/**
 * Installs Cilium by its official chart with the program's values, and waits until it is ready.
 * Its images have been imported; see ciliumImages.
 *
 * @throws UserError with the reason, where the agent has said one.
 */
export async function installCilium(node: RealNode, settings: Settings, progress: Progress): Promise<void> {
  const fetched = await fetchCharts(progress);
  // With monitoring, the chart makes ServiceMonitors.
  const definitions = readdirSync(fetched.crds).find((name) => name.startsWith("prometheus-operator-"))!;
  await node.run(
    ["kubectl", "apply", "--server-side", "--filename", "-"],
    readFileSync(join(fetched.crds, definitions)),
  );

  const { version } = charts.cilium;
  const archive = `/run/cilium-${version}.tgz`;
  await node.run(
    ["sh", "-c", `cat >${archive}`],
    readFileSync(join(fetched.charts, `cilium-${version}.tgz`)),
  );
  const [values, changed] = ["/run/cilium-values.yaml", "/run/cilium-additions.yaml"];
  await node.run(["sh", "-c", `cat >${values}`], stringify(ciliumValues(ciliumArgs(settings))));
  await node.run(["sh", "-c", `cat >${changed}`], stringify(additions));
  await node.run([
    ...["helm", "upgrade", "--install", "cilium", archive, "--namespace", systemNamespace],
    ...["--values", values, "--values", changed],
  ]);
  const kubectl = ["kubectl", "--namespace", systemNamespace];
  const relay = settings.network.hubble ? ["deployment/hubble-relay"] : [];
  try {
    for (const workload of ["daemonset/cilium", "deployment/cilium-operator", ...relay])
      await node.run([...kubectl, "rollout", "status", workload, "--timeout=300s"]);
  } catch (error) {
    const logs = [...kubectl, "logs", "daemonset/cilium", "--all-containers", "--tail=20"];
    const { stdout } = await node.run(logs).catch(() => ({ stdout: "" }));
    throw new UserError(`Cilium does not get ready: ${(error as Error).message}\n${stdout}`.trim());
  }
}
