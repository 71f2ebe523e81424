import { choice } from "../../../components/common/mend.js";
import { listProblem } from "../../../components/secrets/sealingKeyProblems.js";
import { endpointHost, isServiceName } from "../derived/endpoint.js";
import { addOnFlows } from "../derived/flows.js";
import { isAddress, overlaps, unreachableReason } from "../fields/networks.js";
import { givenText } from "../secretText.js";
import type { Settings } from "../schema.js";
import type { Problem, Report } from "./index.js";

/** Nodes, their networks and addresses, and the keys of the control plane. */
export function clusterRules(settings: Settings, report: Report): void {
  subnetsDoNotOverlap(settings, report);
  addressesAreUnique(settings, report);
  if (!settings.cluster.existing) {
    for (const { path, message, mend } of foundingProblems(settings)) report(path, message, mend);
  }
  nodesAreReached(settings, report);
  keysAreComplete(settings, report);
}

function subnetsDoNotOverlap(settings: Settings, report: Report): void {
  const { cluster } = settings;
  const { podSubnet, serviceSubnet, nodes } = cluster;
  if (overlaps(podSubnet, serviceSubnet)) {
    report(["cluster", "serviceSubnet"], `${serviceSubnet} overlaps cluster.podSubnet ${podSubnet}`);
  }
  nodes.forEach((node, index) => {
    for (const key of ["podSubnet", "serviceSubnet"] as const) {
      if (overlaps(node.address, cluster[key])) {
        report(
          ["cluster", "nodes", index, "address"],
          `${node.address} lies in cluster.${key} ${cluster[key]}`,
        );
      }
    }
  });
  if (nodes.length > 1 && !cluster.controlPlaneEndpoint) {
    report(
      ["cluster", "controlPlaneEndpoint"],
      `${nodes.length} control-plane nodes need an endpoint they share, such as a load balancer's host:port`,
    );
  }
}

/** Ports of a control-plane node that are taken (https://kubernetes.io/docs/reference/networking/ports-and-protocols/). */
const nodePorts: Record<number, string> = {
  ...{ 22: "its SSH server's", 2379: "etcd's", 2380: "etcd's", 10250: "the kubelet's" },
  ...{ 10257: "kube-controller-manager's", 10259: "kube-scheduler's" },
};

/**
 * What makes a cluster useless, as far as its networks and names tell. A cluster that lives has been made with them, and keeps
 * them: there they are notes.
 */
export function foundingProblems(settings: Settings): Problem[] {
  const { cluster, certificates } = settings;
  const { podSubnet, nodes, dnsDomain } = cluster;
  const found: Problem[] = [];
  const report = (key: string, message: string, words?: string) =>
    found.push({ path: ["cluster", key], message, mend: words === undefined ? undefined : choice(words) });
  const host = endpointHost(cluster) ?? "";
  const port = Number(/\d+$/.exec(cluster.controlPlaneEndpoint ?? "")?.[0]);
  if (Object.hasOwn(nodePorts, port) && nodes.some(({ address, name }) => host === address || host === name))
    report(
      "controlPlaneEndpoint",
      `port ${port} of a node is ${nodePorts[port]!}`,
      "give 6443, or a load balancer",
    );
  const unreachable = unreachableReason(host);
  if (unreachable) report("controlPlaneEndpoint", unreachable);
  if (isServiceName(host, cluster))
    report(
      "controlPlaneEndpoint",
      `${host} is a name inside the cluster, which nobody outside it resolves`,
      "give a node or a load balancer",
    );
  // Addresses of pods and Services exist only once the API server is there, and mean nothing outside the cluster.
  for (const key of ["podSubnet", "serviceSubnet"] as const) {
    if (isAddress(host) && overlaps(host, cluster[key]))
      report(
        "controlPlaneEndpoint",
        `${host} lies in cluster.${key} ${cluster[key]}, which nobody outside the cluster reaches`,
        "give a node or a load balancer",
      );
  }
  // The controller manager cuts the network of pods into a /24 for each node; a node without one has no pods.
  const room = 2 ** (24 - Number(podSubnet.slice(podSubnet.indexOf("/") + 1)));
  if (nodes.length > room)
    report(
      "podSubnet",
      `${podSubnet} has room for ${room} ${room === 1 ? "node" : "nodes"} of a /24 each, and cluster.nodes has ${nodes.length}`,
    );
  // CoreDNS answers for its whole domain, and knows no public name.
  const { zone } = certificates;
  const isZones = zone === dnsDomain || zone.endsWith(`.${dnsDomain}`);
  const needed = addOnFlows(settings).flatMap(({ to }) => (to.kind === "hosts" ? to.names : []));
  const lost = needed.find((name) => name.endsWith(`.${dnsDomain}`));
  if (isZones || lost !== undefined)
    report(
      "dnsDomain",
      isZones
        ? `${dnsDomain} holds certificates.zone ${zone}: pods would find none of its public names`
        : `${dnsDomain} holds ${lost}, which an add-on needs and would not find`,
      "take a domain of the cluster's own, such as cluster.local",
    );
  return found;
}

function addressesAreUnique({ cluster: { nodes } }: Settings, report: Report): void {
  nodes.forEach(({ address }, index) => {
    const first = nodes.findIndex((node) => node.address === address);
    if (first < index)
      report(
        ["cluster", "nodes", index, "address"],
        `${address} is the address of cluster.nodes[${first}] already; each node has its own`,
      );
  });
}

function nodesAreReached({ cluster, controlPlane }: Settings, report: Report): void {
  if (controlPlane.delivery !== "ssh") return;
  cluster.nodes.forEach((node, index) => {
    if (node.ssh) return;
    report(
      ["cluster", "nodes", index, "ssh"],
      "is missing, and controlPlane.delivery is ssh",
      choice("give at least ssh.hostKey, or set delivery: export"),
    );
  });
}

function keysAreComplete({ controlPlane, secrets }: Settings, report: Report): void {
  const { keys } = controlPlane.encryption;
  if (keys.every((key) => key.retired)) {
    report(["controlPlane", "encryption", "keys"], "every key is retired; one active key has to write");
  }
  // With another cipher the same key encrypts anew. The last letter of base64 has bits that are of no byte.
  const given = keys.map(({ provider, secret }) => {
    const text = secret && givenText(secret);
    return text && `${provider} ${Buffer.from(text, "base64").toString("hex")}`;
  });
  given.forEach((secret, index) => {
    const first = given.indexOf(secret);
    if (secret !== undefined && first < index)
      report(
        ["controlPlane", "encryption", "keys", index, "secret"],
        `is the key of controlPlane.encryption.keys[${first}] already, so nothing would be encrypted anew`,
        choice("leave it out, or give another"),
      );
  });
  const { sealingKeys } = secrets;
  const problem =
    sealingKeys.every((key) => !key.privateKey === !key.certificate) && listProblem(sealingKeys);
  if (problem) report(["secrets", "sealingKeys"], problem);
  sealingKeys.forEach((key, index) => {
    if (key.privateKey && !key.certificate) {
      report(["secrets", "sealingKeys", index, "certificate"], "privateKey is given without its certificate");
    }
    if (key.certificate && !key.privateKey) {
      report(["secrets", "sealingKeys", index, "privateKey"], "certificate is given without its privateKey");
    }
  });
}
