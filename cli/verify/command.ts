import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { chartNames, type ChartName } from "../../components/common/charts.js";
import { certificatePem } from "../../stacks/settings/fields/keys.js";
import { demandFile } from "../kit/givenFile.js";
import { progressOn, silent, takesEscapes } from "../kit/progress.js";
import { onSignal } from "../kit/signals.js";
import { widthOf } from "../kit/table.js";
import { builtTool } from "../kit/toolchain/tool.js";
import { UsageError, UserError } from "../kit/userError.js";
import { concerns } from "./claims/index.js";
import { openTarget, type AcmeStandIn } from "./cluster/target.js";
import { webThrough } from "./cluster/web.js";
import { jsonReport, report } from "./report.js";
import { checkClaims, holds } from "./run.js";
import { sealingNotes } from "./checks/secrets/sealingNotes.js";
import { readSettings } from "../kit/settings.js";

export interface VerifyOptions {
  kubeconfig?: string;
  context?: string;
  stack: string;
  nodeRoot?: string;
  etcdEndpoint?: string;
  sealingCertificates?: string;
  acmeRoot?: string;
  gatewayPort?: number;
  recorded?: string;
  json?: boolean;
}

/** The command `verify`; returns false if a claim failed. */
export async function verifyCommand(given: VerifyOptions): Promise<boolean> {
  const recorded = chartsOf(given.recorded ?? "");
  const read = await readSettings(given.stack);
  const { settings } = read;
  const sealingCertificates = certificatesIn("--sealing-certificates", given.sealingCertificates);
  const notes = [...read.notes, ...sealingNotes(sealingCertificates ?? [])];
  const target = await openTarget({
    settings,
    kubeconfig: given.kubeconfig,
    context: given.context,
    nodeRoot: given.nodeRoot,
    etcdEndpoint: given.etcdEndpoint,
    recorded,
    sealingCertificates,
    acmeStandIn: acmeStandIn(given.acmeRoot),
    web:
      given.gatewayPort === undefined ? undefined : webThrough(settings.certificates.zone, given.gatewayPort),
    // As a lab has it; else any on PATH.
    kubeseal: await builtTool("kubeseal"),
  });
  onSignal(() => target.scratch.abandon());
  const progress = process.stderr.isTTY ? await progressOn(process.stderr) : silent;
  try {
    const outcomes = await checkClaims(target, concerns, (claim) => progress.step(claim));
    progress.done();
    const options = { width: widthOf(process.stdout), colour: takesEscapes(process.stdout) };
    if (!given.json) for (const note of notes) process.stderr.write(`note: ${note}\n`);
    process.stdout.write(given.json ? jsonReport(outcomes, notes) : report(outcomes, options));
    return holds(outcomes);
  } finally {
    await target.scratch.remove();
  }
}

function acmeStandIn(file: string | undefined): AcmeStandIn | undefined {
  const [root] = certificatesIn("--acme-root", file) ?? [];
  return root === undefined ? undefined : { name: "pebble", root };
}

/** Certificates in a file, as Pulumi puts them out or as plain PEM. */
function certificatesIn(option: string, file: string | undefined): string[] | undefined {
  if (file === undefined) return undefined;
  if (!existsSync(file)) throw new UserError(`${option} ${file}: there is no such file`);
  demandFile(option, file);
  const text = readFileSync(file, "utf8");
  const { data } = listOfCertificates.safeParse(text.trimStart().startsWith("[") ? listIn(text) : [text]);
  if (data) return data;
  const mend =
    option === "--sealing-certificates"
      ? ". Write it with: pulumi stack output sealingCertificates > FILE"
      : "";
  throw new UserError(`${option} ${file}: no list of certificates, and no certificate in PEM form${mend}`);
}

const listOfCertificates = z.array(certificatePem("A sealing certificate.")).min(1);

/** The list in JSON; empty for any other text. */
function listIn(text: string): unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return [];
  }
}

function chartsOf(text: string): ChartName[] {
  return text
    .split(",")
    .filter(Boolean)
    .map((name) => {
      const chart = chartNames.find((chart) => chart === name);
      if (chart) return chart;
      throw new UsageError(`--recorded: "${name}" is none of the charts ${chartNames.join(", ")}`);
    });
}
