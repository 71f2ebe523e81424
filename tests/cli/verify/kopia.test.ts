import { claims, simulated } from "./addonClaims.js";
import { copies, copy } from "./pairs/dataLoss.js";

claims("Data loss", "Kopia copies the data", {
  "proved: it does": [
    copies(copy("Completed", 1), copy("Completed", 47), copy("Completed", 49), copy("Failed", 50)),
    "2 copies of volumes in the last 48 hours, none failed",
  ],
  "failed: one failed": [
    copies(copy("Completed", 1), copy("Failed", 2, "disk on fire")),
    "data of db/db-0 was not copied: disk on fire",
  ],
  "failed: one was given up": [
    copies(copy("Completed", 1), copy("Canceled", 2)),
    "data of db/db-0 was not copied: Canceled",
  ],
  "proved: one is under way": [
    copies(copy("Completed", 1), copy("InProgress", 2)),
    "1 copies of volumes in the last 48 hours, none failed",
  ],
  "failed: one does not come to an end": [
    copies(copy("Completed", 1), copy("InProgress", 30)),
    "data of db/db-0 was not copied: InProgress",
  ],
  "unchecked: none was made of late": [copies(copy("Completed", 49)), /^no backup of the last 48 hours/],
  "unchecked: restic copied it": [
    copies({ ...copy("Completed", 1), spec: { uploaderType: "restic" } }),
    /^no backup of the last 48 hours copied a volume by Kopia$/,
  ],
  "unchecked: no kubelet mounts a volume": [
    copies(),
    "needs a kubelet, in whose folders Kopia reads the volumes of pods: no pod really runs on this cluster; check a " +
      "cluster with real nodes",
    simulated,
  ],
  "failed: the kind is unknown": [{}, "the cluster knows no PodVolumeBackups"],
});
