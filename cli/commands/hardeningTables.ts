import { action, command } from "../kit/command.js";

export default command("hardening-tables", {
  summary:
    "Writes the tables of docs/reference/hardening.md, from the list the kubeadm configuration is made of.",
  example: "npm run hardening-tables",
  exits: ["written", "a failure"],
}).action(action(async () => (await import("../kit/generatedFiles.js")).writeHardeningTables()));
