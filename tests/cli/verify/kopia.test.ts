import { claims, simulated } from "./addonClaims.js";
import { copies, copy } from "./pairs/dataLoss.js";

claims("Data loss", "Kopia copies the data", [
  [
    "it does",
    copies(copy("Completed", 1), copy("Completed", 47), copy("Completed", 49), copy("Failed", 50)),
    "proved",
    "2 copies of volumes in the last 48 hours, none failed",
  ],
  [
    "one failed",
    copies(copy("Completed", 1), copy("Failed", 2, "disk on fire")),
    "failed",
    "data of db/db-0 was not copied: disk on fire",
  ],
  [
    "one was given up",
    copies(copy("Completed", 1), copy("Canceled", 2)),
    "failed",
    "data of db/db-0 was not copied: Canceled",
  ],
  [
    "one is under way",
    copies(copy("Completed", 1), copy("InProgress", 2)),
    "proved",
    "1 copies of volumes in the last 48 hours, none failed",
  ],
  [
    "one does not come to an end",
    copies(copy("Completed", 1), copy("InProgress", 30)),
    "failed",
    "data of db/db-0 was not copied: InProgress",
  ],
  ["none was made of late", copies(copy("Completed", 49)), "unchecked", /^no backup of the last 48 hours/],
  [
    "restic copied it",
    copies({ ...copy("Completed", 1), spec: { uploaderType: "restic" } }),
    "unchecked",
    /^no backup of the last 48 hours copied a volume by Kopia$/,
  ],
  [
    "no kubelet mounts a volume",
    copies(),
    "unchecked",
    "needs a kubelet, in whose folders Kopia reads the volumes of pods: no pod really runs on this cluster; check a " +
      "cluster with real nodes",
    simulated,
  ],
  ["the kind is unknown", {}, "failed", "the cluster knows no PodVolumeBackups"],
]);
