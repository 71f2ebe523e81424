import type { Concern } from "../claim.js";
import { apiActivity } from "./apiActivity.js";
import { backupFailures } from "./backupFailures.js";
import { dataLoss } from "./dataLoss.js";
import { expiredCertificates } from "./expiredCertificates.js";
import { networkIsolation } from "./networkIsolation.js";
import { secretsAtRest } from "./secretsAtRest.js";
import { secretsInGit } from "./secretsInGit.js";
import { unauthorizedAccess } from "./unauthorizedAccess.js";
import { unscannedImages } from "./unscannedImages.js";

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
