import { Option } from "@commander-js/extra-typings";
import { action, command } from "../kit/command.js";
import { folder, labName, stackOption } from "../kit/options.js";

const providers = new Option(
  "--providers <mode>",
  "auto: Pulumi's own provider plugins as far as they are on this machine or can be downloaded (some hundred megabytes, once), stand-ins for the others; official: nothing but those plugins; stand-in: none of them. Resources of Oracle Cloud are recorded by a stand-in in every mode",
)
  .choices(["auto", "official", "stand-in"] as const)
  .default("auto" as const);

export default command("start", {
  summary: "Brings up a lab and proves the page's claims on it.",
  details:
    "The lab is a real Kubernetes control plane on this machine. The whole stack is applied to it, and everything is taken away again. No cloud account, no root, no containers; Linux only.",
  example: "npm start -- --keep --name mine",
  exits: ["every claim that could be checked is proved", "one failed or something broke"],
})
  .option("--keep", "leave the cluster running, and say how to use it")
  .option("--name <name>", "name of the lab; labs of different names run side by side", labName, "default")
  .addOption(stackOption("stack whose settings it has", "lab"))
  .addOption(providers)
  .option(
    "--charts <folder>",
    "chart archives, <chart>-<version>.tgz, for the stand-in; those of Cilium, cert-manager and Sealed Secrets are downloaded as Go modules, once. Without an archive a release is recorded. The official kubernetes plugin takes charts from their repositories alone",
    folder,
  )
  .option(
    "--crds <folder>",
    "CustomResourceDefinitions in YAML; default: those of the same Go modules",
    folder,
  )
  .action(action(async (options) => (await import("../lab/command.js")).startCommand(options)));
