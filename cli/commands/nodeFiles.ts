import { parseArgs } from "node:util";
import { stackState } from "../state/stackState.js";
import { nodeBundlesOf } from "../state/nodeFiles/bundles.js";
import { writeBundles } from "../state/nodeFiles/write.js";
import { progressOn } from "../kit/progress.js";
import { UserError } from "../kit/userError.js";

const usage = `npm run node-files -- --out FILE [options]: writes what a control-plane node is given, for cloud-init or Ansible

  --out FILE     archive that cluster-security-apply takes (docs/node-files.md); with several nodes one for each, with its
                 name: node-files.tar becomes node-files-a.tar. Only its owner can read it, and it must not lie in a Git
                 work tree: the keys of etcd are in it
  --stack NAME   default: musashi

The files are those in the state, so it needs what pulumi needs. Before the first pulumi up they are rendered from the
settings. Exit status: 0 when everything is written, 1 when nothing is, 2 for wrong usage.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      stack: { type: "string", default: "musashi" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { out, stack } = values;
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (!out) {
    process.stderr.write(`--out is missing\n\n${usage}`);
    return 2;
  }
  const progress = await progressOn(process.stderr);
  progress.step(`reading the node files of ${stack}`);
  try {
    const { bundles, from } = await nodeBundlesOf(stack, await stackState(stack, progress));
    const files = writeBundles(bundles, out);
    progress.done();
    process.stdout.write(`from the ${from} of ${stack}:\n${files.map((file) => `  ${file}\n`).join("")}`);
    return 0;
  } catch (error) {
    progress.fail();
    throw error;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
  if (!isUsage && !(error instanceof UserError)) throw error;
  process.stderr.write(`${(error as Error).message}\n${isUsage ? `\n${usage}` : ""}`);
  process.exitCode = isUsage ? 2 : 1;
}
