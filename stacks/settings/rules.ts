import { exemption } from "../../components/network/isolation/exempt.js";
import { listProblem } from "../../components/secrets/sealingKeyProblems.js";
import { sampleName } from "../../components/backups/restoreSampleNames.js";
import { addOnNamespaces } from "../../components/common/addOnNamespaces.js";
import { drillsVelero } from "./derived/drill.js";
import { harborHostname } from "./derived/hostname.js";
import { ownNamespaces } from "./derived/namespaces.js";
import { overlaps } from "./fields.js";
import { isolationProblems } from "./isolationRules.js";
import type { Settings } from "./schema.js";

/** A setting that breaks a rule: where it is and what is wrong with it. */
export interface Problem {
  path: (string | number)[];
  message: string;
}

export type Report = (path: Problem["path"], message: string) => void;

/** The rules between settings that are well-formed one by one. */
export function crossFieldProblems(settings: Settings): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, message) => problems.push({ path, message });
  subnetsDoNotOverlap(settings, report);
  namesLieInTheZone(settings, report);
  namesAreUnique(settings, report);
  nodesAreReached(settings, report);
  keysAreComplete(settings, report);
  harborCertificateExists(settings, report);
  subjectsAreComplete(settings, report);
  namespacesAreOurs(settings, report);
  isolationProblems(settings, report);
  lokiIsKnown(settings, report);
  backupNodeExists(settings, report);
  drillHasItsSchedule(settings, report);
  return problems;
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

/** True for the zone itself and every name below it. */
function inZone(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

function namesLieInTheZone({ certificates, registry }: Settings, report: Report): void {
  const { zone } = certificates;
  certificates.certificates.forEach((certificate, index) => {
    certificate.dnsNames.forEach((name, position) => {
      if (inZone(name, zone)) return;
      const mend = name.includes(".") ? "" : `; did you mean ${name}.${zone}?`;
      report(
        ["certificates", "certificates", index, "dnsNames", position],
        `${name} does not lie in certificates.zone ${zone}${mend}`,
      );
    });
  });
  if (registry.hostname && !inZone(registry.hostname, zone)) {
    report(["registry", "hostname"], `${registry.hostname} does not lie in certificates.zone ${zone}`);
  }
}

function namesAreUnique(settings: Settings, report: Report): void {
  const lists: [path: string[], names: string[]][] = [
    [["cluster", "nodes"], settings.cluster.nodes.map((node) => node.name)],
    [["controlPlane", "encryption", "keys"], settings.controlPlane.encryption.keys.map((key) => key.name)],
    [["secrets", "sealingKeys"], settings.secrets.sealingKeys.map((key) => key.name)],
    [["backups", "velero", "schedules"], settings.backups.velero.schedules.map((schedule) => schedule.name)],
    [
      ["access", "argocd", "applications"],
      settings.access.argocd.applications.map((application) => application.name),
    ],
    [
      ["certificates", "certificates"],
      settings.certificates.certificates.map(({ namespace, name }) => `${namespace}/${name}`),
    ],
  ];
  for (const [path, names] of lists) {
    names.forEach((name, index) => {
      const first = names.indexOf(name);
      if (first < index) {
        report(
          [...path, index, "name"],
          `"${name}" is used by ${path.join(".")}[${first}] already; names are unique`,
        );
      }
    });
  }
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

/** Harbor's nginx ends TLS with the Secret of a certificate that has to be declared. */
function harborCertificateExists(settings: Settings, report: Report): void {
  const { certificates, registry } = settings;
  if (!registry.enabled || registry.tlsAt !== "nginx") return;
  if (certificates.acme.environment === "staging") {
    report(
      ["registry", "tlsAt"],
      "the Gateway trusts no certificate of Let's Encrypt's staging environment; set tlsAt: gateway while acme.environment is staging",
    );
  }
  const hostname = harborHostname(settings);
  const certificate = certificates.certificates.find(
    ({ name, namespace }) => name === "harbor-tls" && namespace === addOnNamespaces.harbor,
  );
  if (!certificate) {
    report(
      ["registry", "tlsAt"],
      "nginx needs the certificate harbor-tls in namespace harbor; add it to certificates.certificates or set tlsAt: gateway",
    );
  } else if (!certificate.dnsNames.includes(hostname)) {
    report(
      ["registry", "hostname"],
      `${hostname} is not among the names of certificate harbor-tls: ${certificate.dnsNames.join(", ")}`,
    );
  }
}

/** A ServiceAccount is one of a namespace; users and groups have none. */
function subjectsAreComplete({ access }: Settings, report: Report): void {
  for (const list of ["clusterAdmins", "privileged", "auditors"] as const) {
    access[list].forEach(({ kind, namespace, name }, index) => {
      if (kind === "ServiceAccount" && !namespace) {
        report(["access", list, index, "namespace"], `ServiceAccount ${name} needs its namespace`);
      }
      if (kind !== "ServiceAccount" && namespace) {
        report(["access", list, index, "namespace"], `a ${kind} has no namespace; take ${namespace} out`);
      }
    });
  }
  access.privileged.forEach(({ kind, name, namespaces }, index) => {
    if (kind === "ServiceAccount" || namespaces) return;
    report(
      ["access", "privileged", index, "namespaces"],
      `${kind} ${name} needs the namespaces it may do so in, or ["*"]`,
    );
  });
}

function namespacesAreOurs(settings: Settings, report: Report): void {
  const made: string[] = ownNamespaces(settings);
  for (const [namespace, { podSecurity }] of Object.entries(settings.access.namespaces)) {
    if (exemption(namespace)) {
      report(
        ["access", "namespaces", namespace],
        `${namespace} belongs to Kubernetes, and a quota or a pod security level would stop parts of it; list namespaces of applications`,
      );
    }
    if (podSecurity && made.includes(namespace)) {
      report(
        ["access", "namespaces", namespace, "podSecurity"],
        `${namespace} is made by this stack at the level its pods need; take podSecurity out`,
      );
    }
  }
}

/** Loki's default address is one beside kube-prometheus-stack. */
function lokiIsKnown({ auditLogs, monitoring }: Settings, report: Report): void {
  if (!auditLogs.enabled || auditLogs.loki.url || monitoring.enabled) return;
  report(
    ["auditLogs", "loki", "url"],
    "is missing: without monitoring no Loki is known; give its address, such as https://loki.example.com",
  );
}

function backupNodeExists({ cluster, backups }: Settings, report: Report): void {
  const { node } = backups.jobs;
  const names = cluster.nodes.map(({ name }) => name);
  if (node !== undefined && !names.includes(node)) {
    report(["backups", "jobs", "node"], `"${node}" is not one of cluster.nodes: ${names.join(", ")}`);
  }
}

function drillHasItsSchedule(settings: Settings, report: Report): void {
  if (!drillsVelero(settings)) return;
  settings.backups.velero.schedules.forEach(({ name }, index) => {
    if (name !== sampleName) return;
    report(
      ["backups", "velero", "schedules", index, "name"],
      `"${name}" is the restore drill's; take another, or set backups.jobs.restoreDrill.velero.enabled: false`,
    );
  });
}
