import assert from "node:assert/strict";
import { stringify } from "yaml";
import { ruleSpec } from "../../../../components/monitoring/alert.js";
import { alertGroups } from "../../../components/monitoring/groups.js";
import { configuration, namespace, told } from "./alertmanager.js";
import { type Outcome, runOn } from "./promtool.js";
import { args } from "./scenario.js";

const file = "alertmanager.yaml";

/** Which receivers an alert with these labels goes to. */
function route(
  labels: Record<string, string>,
  expected: string[],
  strategy?: "OnNamespace" | "None",
): Outcome {
  return runOn(
    { [file]: stringify(configuration(strategy)) },
    "amtool",
    "config",
    "routes",
    "test",
    `--config.file=${file}`,
    `--verify.receivers=${expected.join(",")}`,
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
  );
}

const rules = (ruleSpec(alertGroups(args), namespace).groups ?? []).flatMap(({ rules }) => rules ?? []);

describe("routes, as Alertmanager sees them", () => {
  for (const strategy of ["OnNamespace", "None"] as const) {
    it(`are a configuration Alertmanager accepts (${strategy})`, () => {
      const { ok, text } = runOn(
        { [file]: stringify(configuration(strategy)) },
        "amtool",
        "check-config",
        file,
      );
      assert.ok(ok, text);
      assert.match(text, /- 4 receivers/);
    });
  }

  for (const { alert, labels } of rules) {
    it(`takes ${alert} to the receiver of its severity`, () => {
      const expected = labels!["severity"] === "critical" ? told.critical : told.default;
      const { ok, text } = route({ alertname: alert!, ...labels }, [expected]);
      assert.ok(ok, text);
    });
  }

  const others: Record<
    string,
    [labels: Record<string, string>, "OnNamespace" | "None", receivers: string[]]
  > = {
    "Watchdog tells nobody": [
      { alertname: "Watchdog", namespace, severity: "none" },
      "OnNamespace",
      [told.nobody, "null"],
    ],
    "InfoInhibitor tells nobody": [{ alertname: "InfoInhibitor", namespace }, "OnNamespace", [told.nobody]],
    "a critical alert of another namespace is not seen": [
      { alertname: "KubePodCrashLooping", namespace: "backstage", severity: "critical" },
      "OnNamespace",
      ["null"],
    ],
    "a critical alert of another namespace is seen without the operator's matcher": [
      { alertname: "KubePodCrashLooping", namespace: "backstage", severity: "critical" },
      "None",
      [told.critical],
    ],
    "an alert without namespace is not seen": [
      { alertname: "BackupFailed", severity: "critical" },
      "OnNamespace",
      ["null"],
    ],
    "an alert of no severity goes to the default": [
      { alertname: "Other", namespace },
      "OnNamespace",
      [told.default],
    ],
  };
  for (const [title, [labels, strategy, receivers]] of Object.entries(others)) {
    it(title, () => {
      const { ok, text } = route(labels, receivers, strategy);
      assert.ok(ok, text);
    });
  }

  it("would fail the test with another receiver", () => {
    assert.equal(
      route({ alertname: "BackupFailed", namespace, severity: "critical" }, [told.default]).ok,
      false,
    );
  });
});
