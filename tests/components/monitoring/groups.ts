import { auditAlerts } from "../../../components/audit/auditAlerts.js";
import { backupAlerts, type BackupJob } from "../../../components/backups/backupAlerts.js";
import { veleroAlerts, type VeleroAlertsArgs } from "../../../components/backups/veleroAlerts.js";
import {
  certificateAlerts,
  type CertificateAlertsArgs,
} from "../../../components/certificates/certificateAlerts.js";
import type { AlertGroup } from "../../../components/monitoring/alert.js";

/** What the alerts of all sections are made from. */
export interface AlertGroupsArgs extends CertificateAlertsArgs, VeleroAlertsArgs {
  backupJobs?: readonly BackupJob[];
  provenPrefixes?: readonly string[];
}

/** The alerts of all sections, as the stack puts them together. */
export function alertGroups(args: AlertGroupsArgs): AlertGroup[] {
  return [
    ...backupAlerts(args.backupJobs, args.provenPrefixes),
    ...veleroAlerts(args),
    ...certificateAlerts(args),
    ...auditAlerts(),
  ];
}
