import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chartNames, type ChartName } from "../../components/common/charts.js";
import { SettingsError } from "../../stacks/settings/index.js";
import { progressOn, silent } from "../kit/progress.js";
import { concerns } from "../verify/claims/index.js";
import { jsonReport, report } from "../verify/report.js";
import { checkClaims, holds } from "../verify/run.js";
import { readSettings } from "../verify/settings.js";
import { openTarget } from "../verify/cluster/target.js";
import { VerifyError } from "../verify/verifyError.js";

const usage = `npm run verify -- [options]: checks a live cluster against the security page, claim by claim

  --kubeconfig FILE     default: KUBECONFIG, else ~/.kube/config
  --context NAME        default: the kubeconfig's current context
  --stack NAME          whose settings name what is promised; default: musashi
  --node-root DIR       root of a control-plane node's file system, / on the node itself as root: for the audit log
                        and etcd; default: none, and what needs it is unchecked
  --etcd-endpoint URL   default: the API server's --etcd-servers
  --sealing-certificates FILE
                        the stack's output sealingCertificates: pulumi stack output sealingCertificates > FILE
  --recorded CHARTS     charts, separated by commas, whose release the lab could only record
  --json                [{concern, claim, status, evidence}]

It ends with 1 when a claim failed. It makes a namespace cluster-security-verify-… and removes it again.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: "string" },
      context: { type: "string" },
      stack: { type: "string", default: "musashi" },
      "node-root": { type: "string" },
      "etcd-endpoint": { type: "string" },
      "sealing-certificates": { type: "string" },
      recorded: { type: "string", default: "" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const target = await openTarget({
    settings: readSettings(values.stack),
    kubeconfig: values.kubeconfig,
    context: values.context,
    nodeRoot: values["node-root"],
    etcdEndpoint: values["etcd-endpoint"],
    recorded: chartsOf(values.recorded),
    sealingCertificates: certificatesIn(values["sealing-certificates"]),
  });
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => void target.scratch.remove().finally(() => process.exit(code)));
  }
  const progress = process.stderr.isTTY ? await progressOn(process.stderr) : silent;
  try {
    const outcomes = await checkClaims(target, concerns, (claim) => progress.step(claim));
    progress.done();
    const { columns, isTTY } = process.stdout;
    const text = values.json ? jsonReport(outcomes) : report(outcomes, { width: columns, colour: isTTY });
    process.stdout.write(text);
    return holds(outcomes) ? 0 : 1;
  } finally {
    await target.scratch.remove();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsersToMend = error instanceof VerifyError || error instanceof SettingsError || isUsage(error);
  process.stderr.write(`${isUsersToMend ? (error as Error).message : (error as Error).stack}\n`);
  process.exitCode = 1;
}

/** Certificates in a file, as Pulumi puts them out or as plain PEM. */
function certificatesIn(file: string | undefined): string[] | undefined {
  if (file === undefined) return undefined;
  if (!existsSync(file)) throw new VerifyError(`--sealing-certificates ${file}: there is no such file`);
  const text = readFileSync(file, "utf8");
  return text.trimStart().startsWith("[") ? (JSON.parse(text) as string[]) : [text];
}

function chartsOf(text: string): ChartName[] {
  return text
    .split(",")
    .filter(Boolean)
    .map((name) => {
      const chart = chartNames.find((chart) => chart === name);
      if (chart) return chart;
      throw new VerifyError(`--recorded: "${name}" is none of the charts ${chartNames.join(", ")}`);
    });
}

function isUsage(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
}
