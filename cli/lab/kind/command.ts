import { parseArgs } from "node:util";
import { forgetUserSettings } from "../../plan/engine/folder.js";
import { progressOn } from "../../kit/progress.js";
import { tool } from "../../kit/toolchain/tool.js";
import { demandDocker } from "./cluster.js";
import { removeAll, runOnKind } from "./run.js";

const usage = `Usage: npm run kind -- [options]

Brings up a kind cluster from the program's node files, applies the whole stack to it with Pulumi's own plugins and the
charts from their repositories, runs npm run verify against it, and takes everything away again. It needs docker and a
network. No account is touched: Cloudflare is a server on this machine, and resources of Oracle Cloud are only recorded.

  --sudo  verify as root, for what lies in etcd and in the audit log; without it that is unchecked
  --help  prints this

Exit status: 0 all is as it must be, 1 something is not, 2 wrong usage.
`;

/** The lab on kind; GitHub Actions runs it (.github/workflows/lab.yml). */
export async function kindCommand(args: string[]): Promise<number> {
  const options = {
    sudo: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  try {
    const { sudo, help } = parseArgs({ args, options }).values;
    if (help) {
      process.stdout.write(usage);
      return 0;
    }
    forgetUserSettings();
    const progress = await progressOn(process.stderr);
    await demandDocker();
    const kind = await tool("kind", { progress });
    for (const [signal, status] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      process.once(signal, () => void removeAll(kind).finally(() => process.exit(status)));
    }
    await runOnKind({ kind, sudo, progress }, (line) => process.stdout.write(`${line}\n`));
    return 0;
  } catch (error) {
    const isUsage = (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
    process.stderr.write(`${(error as Error).message}\n${isUsage ? `\n${usage}` : ""}`);
    return isUsage ? 2 : 1;
  }
}
