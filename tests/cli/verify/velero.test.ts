import { workload } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence } from "./addonClaims.js";
import { asTold, path, told, volumesBy, withArgs } from "./pairs/dataLoss.js";

claims("Data loss", "Velero has volumes copied", [
  [
    "it does",
    { ...asTold, ...volumesBy("kopia", "Completed") },
    "proved",
    "--uploader-type=kopia, --default-volumes-to-fs-backup; 1 volumes copied by Kopia",
  ],
  ["nothing was copied yet", asTold, "unchecked", /but no backup has copied a volume by Kopia yet$/],
  [
    "nothing was copied whole",
    { ...asTold, ...volumesBy("kopia", "Failed") },
    "unchecked",
    /no backup has copied/,
  ],
  ["restic copied", { ...asTold, ...volumesBy("restic", "Completed") }, "unchecked", /no backup has copied/],
  ["its pods are simulated", asTold, "unchecked", /no volume is copied: no pod/, simulated],
  [
    "it does not run",
    { [path]: workload("velero", 0, 1, [{ name: "velero", args: told }]) },
    "failed",
    "velero has no pod ready",
  ],
  [
    "only where a pod asks for it",
    withArgs("--uploader-type=kopia", "--default-volumes-to-fs-backup=false"),
    "failed",
    "velero runs without --default-volumes-to-fs-backup",
  ],
  ["it is recorded", {}, "unchecked", recordedEvidence("velero"), recorded("velero")],
]);
