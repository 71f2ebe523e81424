import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import { stackState } from "../state/stackState.js";
import { progressOn } from "../kit/progress.js";
import { UserError } from "../kit/userError.js";
import { sealingKeysReport } from "../state/sealingKeysReport.js";
import { heldKeysIn, oldestFirst, sealedManifests } from "../state/sealedManifests.js";

const usage = `npm run sealing-keys -- --manifests DIR [options]: which SealedSecrets use an older sealing key, or none of the state's

  --manifests DIR   folder with manifests, such as a checkout of a GitOps repository
  --stack NAME      whose state holds the keys; default: musashi
  --namespace NAME  namespace of manifests that name none; default: they are listed as unread
  --json            {keys, sealed, unread}

The keys are read from the state, so it needs what pulumi needs. Exit status: 0 when everything is sealed with the newest
key, 1 when something is not, 2 for wrong usage.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      manifests: { type: "string" },
      stack: { type: "string", default: "musashi" },
      namespace: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { manifests: folder, stack, namespace } = values;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (folder === undefined) {
    process.stderr.write(`--manifests is missing\n\n${usage}`);
    return 2;
  }
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UserError(`--manifests ${folder}: there is no such folder`);
  }
  const progress = await progressOn(process.stderr);
  progress.step(`reading the sealing keys in the state of ${stack}`);
  let keys;
  try {
    keys = oldestFirst(heldKeysIn(await (await stackState(stack, progress)).resources()));
    progress.done();
  } catch (error) {
    progress.fail();
    throw error;
  }
  if (keys.length === 0) {
    throw new UserError(`the state of ${stack} holds no sealing key; run pulumi up --stack ${stack} first`);
  }
  const { text, json, allNewest } = sealingKeysReport(stack, keys, sealedManifests(folder, keys, namespace));
  process.stdout.write(values.json ? json : text);
  return allNewest ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
  if (!isUsage && !(error instanceof UserError)) throw error;
  process.stderr.write(`${(error as Error).message}\n${isUsage ? `\n${usage}` : ""}`);
  process.exitCode = isUsage ? 2 : 1;
}
