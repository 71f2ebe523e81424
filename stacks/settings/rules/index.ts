import { choice, type Mend } from "../../../components/common/mend.js";
import type { Fault } from "../fields/text.js";
import { isolationProblems } from "../isolationRules.js";
import type { Settings } from "../schema.js";
import { accessRules } from "./access.js";
import { backupRules } from "./backups.js";
import { certificateRules } from "./certificates.js";
import { clusterRules } from "./cluster.js";
import { dnsRules } from "./dns.js";

/** A setting that breaks a rule: where it is, what is wrong with it, and how it is mended. */
export interface Problem extends Fault {
  path: (string | number)[];
}

export type Report = (path: Problem["path"], message: string, mend?: Mend) => void;

/** The rules between settings that are well-formed one by one. */
export function crossFieldProblems(settings: Settings): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (path, message, mend) => problems.push({ path, message, mend });
  namesAreUnique(settings, report);
  clusterRules(settings, report);
  certificateRules(settings, report);
  accessRules(settings, report);
  isolationProblems(settings, report);
  dnsRules(settings, report);
  lokiIsKnown(settings, report);
  backupRules(settings, report);
  return problems;
}

function namesAreUnique(settings: Settings, report: Report): void {
  const lists: [path: string[], names: string[]][] = [
    [["cluster", "nodes"], settings.cluster.nodes.map((node) => node.name)],
    [["controlPlane", "encryption", "keys"], settings.controlPlane.encryption.keys.map((key) => key.name)],
    [["gateway", "hosts"], settings.gateway.hosts.map(({ name }) => name)],
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

/** Loki's default address is next to kube-prometheus-stack. */
function lokiIsKnown({ auditLogs, monitoring }: Settings, report: Report): void {
  if (!auditLogs.enabled || auditLogs.loki.url || monitoring.enabled) return;
  report(
    ["auditLogs", "loki", "url"],
    "is missing: without monitoring no Loki is known",
    choice("give its address, such as https://loki.example.com"),
  );
}
