import * as pulumi from "@pulumi/pulumi";
import { publishedBy } from "../../../components/common/publishedPasswords.js";
import { endpointHost, isInDnsDomain, isServiceName } from "../derived/endpoint.js";
import { mutatesByPolicy } from "../derived/kubernetesVersion.js";
import { existingValues } from "../existing.js";
import { isPublic } from "../fields/networks.js";
import { isolationNotes } from "../isolationRules.js";
import { describeProblem, keyOf } from "../problems.js";
import { foundingProblems } from "../rules/cluster.js";
import type { Settings } from "../schema.js";
import { givenText } from "../secretText.js";
import { accessNotes } from "./access.js";
import { backupNotes } from "./backups.js";
import { certificateNotes } from "./certificates.js";

/** Settings that are allowed but do less, or risk more, than they seem to. One sentence each. */
export function notesOf(settings: Settings): string[] {
  const { cluster, network, controlPlane, certificates, backups } = settings;
  const notes = [
    ...isolationNotes(settings),
    ...clusterNotes(settings),
    ...accessNotes(settings),
    ...backupNotes(settings),
    ...certificateNotes(settings),
    ...passwordNotes(settings),
    ...twiceNotes(settings),
  ];
  if (network.encryption === "wireguard" && cluster.nodes.length === 1) {
    notes.push(
      "network.encryption wireguard has no effect on one node: Cilium encrypts traffic between nodes only.",
    );
  }
  if (controlPlane.delivery === "export" && cluster.nodes.some(({ ssh }) => ssh)) {
    notes.push("cluster.nodes[].ssh has no effect while controlPlane.delivery is export.");
  }
  if (controlPlane.audit.secretsLevel === "RequestResponse") {
    notes.push(
      "controlPlane.audit.secretsLevel RequestResponse writes the values of Secrets into the audit log on the node.",
    );
  }
  if (controlPlane.encryption.identityFallback) {
    notes.push(
      "controlPlane.encryption.identityFallback is on: Secrets that were never rewritten may still be stored in plain.",
    );
  }
  if (controlPlane.encryption.keys.find((key) => !key.retired)?.provider === "aescbc") {
    notes.push(
      "controlPlane.encryption writes with aescbc, which Kubernetes no longer recommends (padding oracle); secretbox replaces it.",
    );
  }
  if (backups.velero.schedules.length > 0 && !mutatesByPolicy(cluster.kubernetesVersion)) {
    notes.push(
      `cluster.kubernetesVersion ${cluster.kubernetesVersion} has no MutatingAdmissionPolicy (1.36 has): the Secrets of SealedSecrets are backed up, readable in the bucket, unless each SealedSecret has the label velero.io/exclude-from-backup: "true" in spec.template.metadata.labels.`,
    );
  }
  if (certificates.acme.environment === "staging") {
    notes.push("certificates.acme.environment staging issues certificates that browsers do not trust.");
  }
  return notes;
}

/** Addresses and numbers of nodes that make a cluster less available than it looks. */
function clusterNotes(settings: Settings): string[] {
  const { cluster } = settings;
  const { nodes, controlPlaneEndpoint } = cluster;
  const founding = cluster.existing ? foundingProblems(settings) : [];
  const notes = founding.map((problem) => `${describeProblem(problem)}.`);
  if (nodes.length % 2 === 0)
    notes.push(
      `cluster.nodes has ${nodes.length} control-plane nodes: etcd tolerates as many failures with ${nodes.length - 1}, and an even number adds one more that can fail.`,
    );
  const host = endpointHost(cluster) ?? "";
  if (isInDnsDomain(host, cluster) && !isServiceName(host, cluster))
    notes.push(
      `cluster.controlPlaneEndpoint ${host} lies in cluster.dnsDomain ${cluster.dnsDomain}, for all of which the cluster's own DNS answers: nodes may find it, pods do not.`,
    );
  const alone = nodes.length > 1 && nodes.find(({ address, name }) => host === address || host === name);
  if (alone)
    notes.push(
      `cluster.controlPlaneEndpoint ${controlPlaneEndpoint} is node ${alone.name} itself: while it is down, nobody reaches the API server of the others.`,
    );
  for (const key of ["podSubnet", "serviceSubnet"] as const) {
    if (isPublic(cluster[key]))
      notes.push(
        `cluster.${key} ${cluster[key]} is public: no pod reaches the hosts of the internet that have these addresses.`,
      );
  }
  return notes;
}

/** Texts that stand in a list twice. */
function twiceNotes(value: unknown, path: (string | number)[] = []): string[] {
  if (pulumi.Output.isInstance(value) || typeof value !== "object" || value === null) return [];
  if (!Array.isArray(value))
    return Object.entries(value).flatMap(([key, one]) => twiceNotes(one, [...path, key]));
  const texts = (value as unknown[]).filter((one) => typeof one === "string");
  return [
    ...texts
      .filter((one, index) => texts.indexOf(one) < index)
      .map((one) => `${keyOf(path)} has ${one} twice; the second is without effect.`),
    ...(value as unknown[]).flatMap((one, index) => twiceNotes(one, [...path, index])),
  ];
}

/** Passwords that anybody can read in a chart, on a cluster that cannot be without them any more. */
function passwordNotes(settings: Settings): string[] {
  return existingValues(settings).flatMap(({ path, value }) => {
    const publisher = value && publishedBy(givenText(value) ?? "");
    return publisher ? [`${path} is the password that ${publisher} publishes; anybody knows it.`] : [];
  });
}
