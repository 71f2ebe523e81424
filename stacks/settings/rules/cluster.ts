import { listProblem } from "../../../components/secrets/sealingKeyProblems.js";
import { overlaps } from "../fields/networks.js";
import type { Settings } from "../schema.js";
import type { Report } from "./index.js";

/** Nodes, their networks and addresses, and the keys of the control plane. */
export function clusterRules(settings: Settings, report: Report): void {
  subnetsDoNotOverlap(settings, report);
  addressesAreUnique(settings, report);
  nodesAreReached(settings, report);
  keysAreComplete(settings, report);
}

function subnetsDoNotOverlap({ cluster }: Settings, report: Report): void {
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
      "is missing, and controlPlane.delivery is ssh. Give at least ssh.hostKey, or set delivery: export",
    );
  });
}

function keysAreComplete({ controlPlane, secrets }: Settings, report: Report): void {
  const { keys } = controlPlane.encryption;
  if (keys.every((key) => key.retired)) {
    report(["controlPlane", "encryption", "keys"], "every key is retired; one active key has to write");
  }
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
