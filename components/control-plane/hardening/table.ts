import type { HardeningItem } from "../hardening.js";
import type { HardenedComponent } from "./measure.js";

const processes: Record<HardenedComponent, string> = {
  apiserver: "kube-apiserver",
  controllerManager: "kube-controller-manager",
  scheduler: "kube-scheduler",
  etcd: "etcd",
  kubelet: "kubelet",
  kubeProxy: "kube-proxy",
};

const setters = { program: "this program", kubeadm: "kubeadm", default: "the default" };

/** The hardening list in Markdown: a table for each process, its checks in the benchmark's order. */
export function hardeningTables(items: readonly HardeningItem[]): string {
  return Object.entries(processes)
    .map(([component, title]) => {
      const rows = items
        .filter((item) => item.component === component)
        .sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }))
        .map((item) => `| ${[item.id, item.title, howOf(item), reasonOf(item)].join(" | ")} |\n`);
      const head = "| check | what it asks | how it is met | set by, and why |\n| --- | --- | --- | --- |\n";
      return `## ${title}\n\n${head}${rows.join("")}`;
    })
    .join("\n");
}

function howOf(item: HardeningItem): string {
  if ("leftOut" in item) return "not taken";
  if ("flags" in item) return listOf(item.flags, (flag, value) => `--${flag}=${value}`);
  if ("fields" in item) return listOf(item.fields, (field, value) => `${field}: ${value}`);
  return listOf(item.never, (flag, value) => (value === "" ? `--${flag}` : `--${flag}=${value}`), "without ");
}

function listOf<T>(
  entries: Record<string, T>,
  text: (name: string, value: T) => string,
  before = "",
): string {
  return Object.entries(entries)
    .map(([name, value]) => `${before}\`${text(name, value)}\``)
    .join("<br>");
}

function reasonOf(item: HardeningItem): string {
  if ("leftOut" in item) return item.leftOut;
  return item.note === undefined ? setters[item.setBy] : `${setters[item.setBy]}: ${item.note}`;
}
