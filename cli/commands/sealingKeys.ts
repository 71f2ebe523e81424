import { action, command } from "../kit/command.js";
import { folder, stackOption } from "../kit/options.js";

export default command("sealing-keys", {
  summary: "Tells which SealedSecrets use an older sealing key, or none of the state's.",
  details: "The keys are read from the state, so it needs what pulumi needs.",
  example: "npm run sealing-keys -- --stack musashi --manifests ../backstage-gitops",
  exits: ["everything is sealed with the newest key", "something is not"],
})
  .requiredOption(
    "--manifests <folder>",
    "folder with manifests, such as a checkout of a GitOps repository",
    folder,
  )
  .addOption(stackOption("whose state holds the keys"))
  .option("--namespace <name>", "namespace of manifests that name none; default: they are listed as unread")
  .option("--json", "prints {keys, sealed, unread}")
  .action(
    action(async (options) => (await import("../state/sealingKeysCommand.js")).sealingKeysCommand(options)),
  );
