import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Image } from "../../../../cli/lab/node/image.js";
import { programsOf } from "../../../../cli/lab/node/debianFiles.js";
import type { RealNode } from "../../../../cli/lab/node/realNode.js";
import { until } from "../../../../cli/kit/until.js";
import { elsewhere, type PodGroup } from "../../../../cli/reach/podGroups.js";

export interface NamedPlace extends PodGroup {
  name: string;
}

/** A pod of a place. */
export interface Pod {
  /** Name of the pod; in the cluster, none has the same. */
  id: string;
  place: NamedPlace;
  serviceAccount: string;
  /** Ports that it answers on, such as 53/UDP; none if it opens connections alone. */
  ports: string[];
  /** True: it has the network of the node. Default: false. */
  hostNetwork?: boolean;
}

/** What opens connections. */
export interface Sender {
  /** As a report has it. */
  title: string;
  /** The command line, in the node, that runs a script of the image. */
  command(script: string): string[];
}

/** Addresses of a pod, and of a Service that leads to it. */
export interface Addresses {
  pod: string;
  service?: string;
}

const image = "cluster-security.test/packets:1";
const scripts = ["answer.pl", "probe.sh", "udp.pl", "write.sh"];
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What pods run that open connections and answer them, of the node's root. */
export async function imageOfPods(root: string): Promise<Image> {
  const programs = [
    "/bin/sh",
    ...["curl", "getent", "perl", "ping", "rm", "sleep", "timeout"].map((name) => `/usr/bin/${name}`),
  ];
  const own = Object.fromEntries(scripts.map((name) => [join("/", name), script(name)]));
  return { name: image, files: { ...(await programsOf(root, programs)), ...own } };
}

/** Gives the node itself the scripts; what it calls is there. Returns a process of the node as what opens connections. */
export async function processOf(node: RealNode): Promise<Sender> {
  const folder = "/run/packets";
  for (const name of scripts)
    await node.run(
      ["sh", "-ec", 'mkdir -p "${1%/*}"; cat >"$1"; chmod 755 "$1"', "sh", join(folder, name)],
      readFileSync(script(name)),
    );
  return { title: "a process of the node", command: (name) => [join(folder, name)] };
}

export const namespaceOf = ({ namespace }: PodGroup): string =>
  namespace === elsewhere ? "elsewhere" : namespace;

/** A pod as what opens connections. */
export function senderOf({ id, place, serviceAccount, hostNetwork }: Pod): Sender {
  const account = serviceAccount === "default" ? "" : ` as ${serviceAccount}`;
  const exec = ["kubectl", "--namespace", namespaceOf(place), "exec", "--stdin", id, "--"];
  return {
    title: hostNetwork ? "a pod with the node's network" : `${place.name}${account}`,
    command: (name) => [...exec, join("/", name)],
  };
}

/** Namespaces, ServiceAccounts, pods and Services. */
export function manifestsOf(pods: readonly Pod[]): object[] {
  const namespaces = [...new Set(pods.map(({ place }) => namespaceOf(place)))];
  // The ServiceAccount of a namespace comes after it; no pod is made before.
  const accounts = new Set(
    pods.map(({ place, serviceAccount }) => JSON.stringify([namespaceOf(place), serviceAccount])),
  );
  return [
    ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
    ...[...accounts].map((key) => {
      const [namespace, name] = JSON.parse(key) as [string, string];
      return { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } };
    }),
    ...pods.flatMap(objectsOf),
  ];
}

const label = "cluster-security.test/pod";

function objectsOf({ id, place, serviceAccount, ports, hostNetwork = false }: Pod): object[] {
  const metadata = { name: id, namespace: namespaceOf(place) };
  const container = {
    name: "packets",
    image,
    imagePullPolicy: "Never",
    command: ports.length > 0 ? ["/answer.pl", id, ...ports] : ["sleep", "infinity"],
    // Never ready: of the Services of the cluster none leads to it, whatever its labels.
    readinessProbe: { exec: { command: ["/nothing"] }, initialDelaySeconds: 3600 },
  };
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, labels: { ...place.labels, [label]: id } },
    spec: {
      ...{ hostNetwork, dnsPolicy: hostNetwork ? "ClusterFirstWithHostNet" : "ClusterFirst" },
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 0,
      containers: [container],
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      selector: { [label]: id },
      publishNotReadyAddresses: true,
      ports: ports.map((port) => {
        const [number, protocol] = port.split("/");
        return { name: port.toLowerCase().replace("/", "-"), port: Number(number), protocol };
      }),
    },
  };
  return ports.length > 0 ? [pod, service] : [pod];
}

interface Found {
  metadata: { name: string };
  spec: { clusterIP?: string };
  status: { podIP?: string; phase?: string };
}

/** Makes the pods and waits until they run. Returns their addresses by their names. */
export async function startPods(node: RealNode, pods: readonly Pod[]): Promise<Map<string, Addresses>> {
  const items = manifestsOf(pods);
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await node.run(["kubectl", "apply", "--server-side", "--filename", "-"], list);
  const found = async (kind: string): Promise<Map<string, Found>> => {
    const { stdout } = await node.run(["kubectl", "get", kind, "--all-namespaces", "--output", "json"]);
    const { items } = JSON.parse(stdout) as { items: Found[] };
    return new Map(items.map((item) => [item.metadata.name, item]));
  };
  const isRunning = (one: Found | undefined) =>
    one?.status.phase === "Running" && one.status.podIP !== undefined;
  let running = new Map<string, Found>();
  await until(
    async () => {
      running = await found("pods");
      return pods.every(({ id }) => isRunning(running.get(id)));
    },
    async () => {
      const waiting = pods.filter(({ id }) => !isRunning(running.get(id))).map(({ id }) => id);
      const { stdout } = await node.run(["kubectl", "get", "events", "--all-namespaces"]);
      return `pods that do not run: ${waiting.join(", ")}\n${stdout.split("\n").slice(-20).join("\n")}`;
    },
    { seconds: 600, pause: 2000 },
  );
  const services = await found("services");
  return new Map(
    pods.map(({ id }) => [
      id,
      { pod: running.get(id)!.status.podIP!, service: services.get(id)?.spec.clusterIP },
    ]),
  );
}
