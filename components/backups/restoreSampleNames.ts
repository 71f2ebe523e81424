import { addOnNamespaces } from "../common/addOnNamespaces.js";

/** The namespace that the restore drill has Velero back up, and the one it is restored as. */
export const sampleNamespaces = {
  home: addOnNamespaces.restoreDrill,
  restored: addOnNamespaces.restored,
} as const;

/** Name of the Schedule, and of each object of the sample. */
export const sampleName = "restore-drill";

/** On every object of the sample and on nothing else: by it the drill restores, and compares. */
export const sampleLabel = { "app.kubernetes.io/part-of": sampleName };

/** The container that has the files under /data. */
export const sampleContainer = "files";
