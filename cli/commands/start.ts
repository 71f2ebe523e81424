import { Option } from "@commander-js/extra-typings";
import { action, command } from "../kit/command.js";
import { chartFolder, count, defaultLab, folder, labName, stackOption } from "../kit/options.js";

const cluster = new Option(
  "--cluster <kind>",
  "simulated: a real control plane on this machine, with pods that only seem to run; node: a real node with systemd, containerd and the kubelet, in namespaces of this machine, which needs root, debootstrap, socat and, the first time, up to 30 minutes; so far it has been run with cgroup v1 only; kind: a kind cluster, with Pulumi's own plugins, the real charts and real pods. It needs docker and a network. It is made from the program's node files, npm run verify checks it, and it is taken away again; of the other options only --sudo goes with it",
)
  .choices(["simulated", "node", "kind"] as const)
  .default("simulated" as const);

const providers = new Option(
  "--providers <mode>",
  "auto: Pulumi's own provider plugins as far as they are on this machine or can be downloaded (some hundred megabytes, once), stand-ins for the others; official: nothing but those plugins, which the engine runs; stand-in: none but the one for Kubernetes, which the lab runs. Resources of Oracle Cloud are recorded by a stand-in in every mode",
)
  .choices(["auto", "official", "stand-in"] as const)
  .default("auto" as const);

export default command("start", {
  summary: "Brings up a lab and proves the page's claims on it.",
  details:
    "The lab is a real Kubernetes control plane on this machine. The whole stack is applied to it, and everything is taken away again. No cloud account, no root, no containers, unless --cluster node or kind asks for them; Linux only.",
  example: "npm start -- --keep --name mine",
  exits: ["every claim that could be checked is proved", "one failed or something broke"],
})
  .addOption(cluster)
  .option(
    "--nodes <number>",
    "with --cluster node: how many control-plane nodes; those that the settings do not name are made next to the first. Default: 1",
    count,
  )
  .option(
    "--keep",
    "leave the cluster running, and say how to use it; a real node runs until this command ends, by Ctrl-C",
  )
  .option("--name <name>", "name of the lab; labs of different names run side by side", labName, defaultLab)
  .addOption(stackOption("stack whose settings it has; all other commands take musashi", "lab"))
  .addOption(providers)
  .option(
    "--charts <folder>",
    "chart archives, <chart>-<version>.tgz; those of Cilium, cert-manager, Sealed Secrets and Harbor are downloaded as Go modules, once. Without an archive a release is recorded. With --providers official charts come from their repositories alone",
    chartFolder,
  )
  .option(
    "--crds <folder>",
    "CustomResourceDefinitions in YAML; default: those of the same Go modules",
    folder,
  )
  .option(
    "--sudo",
    "with --cluster kind: verify as root, for what lies in etcd and in the audit log; without it that is unchecked",
  )
  .action(action(async (options) => (await import("../lab/startCommand.js")).startCommand(options)));
