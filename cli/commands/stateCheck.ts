import { parseArgs } from "node:util";
import { stackState } from "../state/stackState.js";
import { progressOn } from "../kit/progress.js";
import { UserError } from "../kit/userError.js";
import { SettingsError } from "../../stacks/settings/index.js";
import { neededKeys, shownSecrets, stateReport, type HeldState } from "../state/heldKeys.js";
import { readSettings } from "../verify/settings.js";
import { VerifyError } from "../verify/verifyError.js";

const usage = `npm run state-check -- [options]: whether the state opens, and holds what a recovery needs of it (docs/recovery.md)

  --stack NAME      default: musashi

It reads the state with your own Pulumi settings and passphrase, and prints no value. Exit status: 0 when nothing is
missing, 1 when something is, when the state shows a secret in plain, or when it does not open, 2 for wrong usage.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", default: "musashi" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { stack } = values;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const settings = readSettings(stack);
  const progress = await progressOn(process.stderr);
  progress.step(`reading the state of ${stack}`);
  try {
    const state = await stackState(stack, progress);
    const held: HeldState = {
      resources: await state.resources(),
      nodeFiles: (await state.output("nodeFiles")) as HeldState["nodeFiles"],
      nodeBundles: (await state.output("nodeBundles")) as HeldState["nodeBundles"],
    };
    const { text, complete } = stateReport({
      stack,
      backend: await state.backend(),
      bucket: settings.backups.bucket,
      keys: neededKeys(settings, held),
      shown: shownSecrets(held),
    });
    progress.done();
    process.stdout.write(text);
    return complete ? 0 : 1;
  } catch (error) {
    progress.fail();
    throw error;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
  const isUsers =
    error instanceof UserError || error instanceof SettingsError || error instanceof VerifyError;
  if (!isUsage && !isUsers) throw error;
  process.stderr.write(`${(error as Error).message}\n${isUsage ? `\n${usage}` : ""}`);
  process.exitCode = isUsage ? 2 : 1;
}
