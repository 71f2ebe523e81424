import { action, command } from "../kit/command.js";
import { stackOption } from "../kit/options.js";

export default command("state-check", {
  summary: "Tells whether the state opens, and holds what a recovery needs of it (docs/guides/recovery.md).",
  details: "It reads the state with your own Pulumi settings and passphrase, and prints no value.",
  example: "npm run state-check -- --stack musashi",
  exits: [
    "nothing is missing",
    "something is, or the state is empty, shows a secret in plain or does not open",
  ],
})
  .addOption(stackOption("whose state"))
  .option(
    "--json",
    "prints {stack, backend, bucket, isEmpty, keys: [{name, guards, held}], shown, isOpened, complete}",
  )
  .action(
    action(async (options) => (await import("../state/stateCheckCommand.js")).stateCheckCommand(options)),
  );
