import type { Concern } from "./claim.js";
import { apiActivity } from "./concerns/apiActivity.js";
import { backupFailures } from "./concerns/backupFailures.js";
import { dataLoss } from "./concerns/dataLoss.js";
import { expiredCertificates } from "./concerns/expiredCertificates.js";
import { networkIsolation } from "./concerns/networkIsolation.js";
import { secretsAtRest } from "./concerns/secretsAtRest.js";
import { secretsInGit } from "./concerns/secretsInGit.js";
import { unauthorizedAccess } from "./concerns/unauthorizedAccess.js";
import { unscannedImages } from "./concerns/unscannedImages.js";

/** The rows of the page's table, in its order. */
export const concerns: Concern[] = [
  secretsInGit,
  unscannedImages,
  expiredCertificates,
  dataLoss,
  networkIsolation,
  backupFailures,
  unauthorizedAccess,
  apiActivity,
  secretsAtRest,
];
