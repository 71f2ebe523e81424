import { Option } from "@commander-js/extra-typings";
import { action, command } from "../kit/command.js";
import { stackOption } from "../kit/options.js";

const release = new Option(
  "--release <namespace/name>",
  "a release that is there; repeated for each, instead of --kubeconfig",
)
  .argParser((id, before: string[] | undefined) => [...(before ?? []), id])
  .conflicts("kubeconfig");

export default command("import-file", {
  summary: "Writes the file that npm run import takes: the releases and the bucket that exist already.",
  details:
    "They are in it as the program names them; pulumi import --file takes it too. Plans offline; only --kubeconfig asks a cluster.",
  example: "npm run import-file -- --stack musashi --kubeconfig ~/.kube/config",
  exits: ["written", "a failure"],
})
  .addOption(stackOption("whose program"))
  .option("--out <file>", "file to write", "import.json")
  .option("--kubeconfig <file>", "looks in its cluster which releases of the program are there")
  .option(
    "--context <name>",
    "of the kubeconfig; default: cluster.context of the settings, else the kubeconfig's own",
  )
  .addOption(release)
  .option(
    "--bucket-namespace <namespace>",
    "the bucket is there, in this namespace of Object Storage (oci os ns get)",
  )
  .action(
    action(async (options) => (await import("../state/importFileCommand.js")).importFileCommand(options)),
  );
