import { z } from "zod";
import { access } from "./groups/access.js";
import { auditLogs } from "./groups/auditLogs.js";
import { backups } from "./groups/backups.js";
import { certificates } from "./groups/certificates.js";
import { chartVersions } from "./groups/charts.js";
import { cluster } from "./groups/cluster.js";
import { controlPlane } from "./groups/controlPlane.js";
import { gateway } from "./groups/gateway.js";
import { monitoring } from "./groups/monitoring.js";
import { network } from "./groups/network.js";
import { registry } from "./groups/registry.js";
import { releases } from "./groups/releases.js";
import { secrets } from "./groups/secrets.js";

/** Every setting of every environment. Unknown keys are refused at every level. */
export const settingsSchema = z.strictObject({
  cluster,
  network: network.prefault({}),
  controlPlane: controlPlane.prefault({}),
  certificates,
  secrets,
  registry,
  gateway,
  backups,
  monitoring,
  auditLogs,
  access,
  charts: chartVersions,
  releases,
});

/** The settings of one environment, parsed, with every default filled in. */
export type Settings = z.output<typeof settingsSchema>;
