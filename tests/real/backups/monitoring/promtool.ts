import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { AlertGroup } from "../../../../components/monitoring/alert.js";
import { ruleSpec } from "../../../../components/monitoring/alert.js";
import { debian } from "../../../../cli/test/packages.js";
import { checksOf, type Scenario } from "./scenario.js";

/** What a program said, and whether it was content. */
export interface Outcome {
  ok: boolean;
  text: string;
}

/** Runs a program over files of the given names and contents, in their folder. */
export function runOn(
  files: Record<string, string>,
  program: Parameters<typeof debian>[0],
  ...args: string[]
): Outcome {
  const folder = mkdtempSync(join(tmpdir(), "monitoring-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const { status, stdout, stderr, error } = spawnSync(debian(program), args, {
      cwd: folder,
      encoding: "utf8",
    });
    if (error) throw error;
    return { ok: status === 0, text: `${stdout}${stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The content of a file of rules, which is the spec of a PrometheusRule. */
export function ruleFile(groups: AlertGroup[]): string {
  return stringify(ruleSpec(groups, "monitoring"));
}

/** Holds the rules to a scenario. */
export function testRules(groups: AlertGroup[], scenario: Scenario): Outcome {
  const rule = groups.flatMap(({ alerts }) => alerts).find(({ alert }) => alert === scenario.alert);
  if (!rule) throw new Error(`there is no alert ${scenario.alert}`);
  const { summary, exporter, runbook, severity } = rule;
  const interval = `${scenario.minutes ?? 5}m`;
  const test = {
    rule_files: ["rules.yaml"],
    evaluation_interval: interval,
    tests: [
      {
        interval,
        input_series: Object.entries(scenario.series).map(([series, values]) => ({ series, values })),
        alert_rule_test: checksOf(scenario).map(([eval_time, firing]) => ({
          eval_time,
          alertname: scenario.alert,
          exp_alerts: firing.map(([labels, description]) => ({
            exp_labels: { ...labels, severity, namespace: "monitoring" },
            exp_annotations: { summary, description, exporter, runbook },
          })),
        })),
      },
    ],
  };
  return runOn(
    // Alone: other rules would only take time.
    { "rules.yaml": ruleFile([{ name: "alone", alerts: [rule] }]), "test.yaml": stringify(test) },
    "promtool",
    "test",
    "rules",
    "test.yaml",
  );
}
