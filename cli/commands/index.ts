/** Every command by name. A module is loaded when its command is run, or when the list of commands is printed. */
export const commands = {
  start: () => import("./start.js"),
  lab: () => import("./lab.js"),
  plan: () => import("./plan.js"),
  reach: () => import("./reach.js"),
  verify: () => import("./verify.js"),
  "node-files": () => import("./nodeFiles.js"),
  "sealing-keys": () => import("./sealingKeys.js"),
  "state-check": () => import("./stateCheck.js"),
  "import-file": () => import("./importFile.js"),
  import: () => import("./import.js"),
  tools: () => import("./tools.js"),
  "chart-objects": () => import("./chartObjects.js"),
  "licence-lists": () => import("./licenceLists.js"),
  "settings-schema": () => import("./settingsSchema.js"),
  "hardening-tables": () => import("./hardeningTables.js"),
  bench: () => import("./bench.js"),
};
