import { auditAlerts } from "../../components/audit/auditAlerts.js";
import { backupAlerts } from "../../components/backups/backupAlerts.js";
import { backupDashboard } from "../../components/backups/backupDashboard.js";
import { veleroPrefix } from "../../components/backups/backupStorage.js";
import { veleroAlerts } from "../../components/backups/veleroAlerts.js";
import { certificateAlerts } from "../../components/certificates/certificateAlerts.js";
import type { AlertGroup } from "../../components/monitoring/alert.js";
import { AlertReceivers } from "../../components/monitoring/alertReceivers.js";
import { Alerts } from "../../components/monitoring/alerts.js";
import { Dashboard } from "../../components/monitoring/dashboard.js";
import { enabledBackupJobs } from "../settings/derived/backupJobs.js";
import { drillsVelero, veleroSchedules } from "../settings/derived/drill.js";
import { monitoringOf } from "../settings/derived/monitoring.js";
import type { Settings } from "../settings/index.js";
import type { ClusterResourceOptions } from "./cluster.js";

/** Alerts, who is told of them, and dashboards, if monitoring is enabled. */
export function monitoring(settings: Settings, options: ClusterResourceOptions): void {
  const stack = monitoringOf(settings);
  if (!stack) return;
  const { namespace, release } = stack;
  const { telegram, gmail } = stack.receivers;
  new Alerts("alerts", { namespace, release, groups: alertGroups(settings) }, options);
  if (telegram || gmail) {
    new AlertReceivers(
      "alert-receivers",
      {
        namespace,
        release,
        telegram: telegram && { botToken: telegram.botToken!, chatId: telegram.chatId! },
        gmail: gmail && { ...gmail, appPassword: gmail.appPassword! },
      },
      options,
    );
  }
  new Dashboard(
    "backup-dashboard",
    { namespace, configMapName: "homelab-backup-storage", dashboard: backupDashboard() },
    options,
  );
}

/** The alerts of every section. */
function alertGroups(settings: Settings): AlertGroup[] {
  const { certificates, token } = settings.certificates;
  return [
    ...backupAlerts(enabledBackupJobs(settings), drillsVelero(settings) ? [veleroPrefix] : []),
    ...veleroAlerts({ schedules: veleroSchedules(settings) }),
    ...certificateAlerts({ certificates, tokenExpiresOn: token.expiresOn }),
    ...auditAlerts(),
  ];
}
