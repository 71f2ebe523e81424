import assert from "node:assert/strict";
import { alertGroups } from "../../../components/monitoring/groups.js";
import { ruleFile, runOn, testRules } from "./promtool.js";
import { clusterScenarios } from "./clusterScenarios.js";
import { jobScenarios } from "./jobScenarios.js";
import { args, checksOf, type Firing } from "./scenario.js";

const scenarios = [...jobScenarios, ...clusterScenarios];

const groups = alertGroups(args);

/** When an alert fires, each of its expectations says so, and none of its silences. */
describe("alerts, as Prometheus evaluates them", () => {
  it("are rules promtool has nothing to say about", () => {
    const { ok, text } = runOn(
      { "rules.yaml": ruleFile(groups) },
      "promtool",
      "check",
      "rules",
      "--lint=all",
      "--lint-fatal",
      "rules.yaml",
    );
    assert.ok(ok, text);
    assert.match(text, new RegExp(`SUCCESS: ${groups.flatMap(({ alerts }) => alerts).length} rules found`));
  });

  for (const scenario of scenarios) {
    it(`${scenario.alert}: ${scenario.title}`, () => {
      const { ok, text } = testRules(groups, scenario);
      assert.ok(ok, text);
    });
  }

  it("are all held to firing, silence and, as far as time alone does not decide, an end", () => {
    for (const { alert } of groups.flatMap(({ alerts }) => alerts)) {
      const its = scenarios.filter((scenario) => scenario.alert === alert);
      const silences = its.map((scenario) =>
        checksOf(scenario)
          .map(([, firing]) => (firing.length > 0 ? "fires" : "silent"))
          .join(" "),
      );
      assert.ok(
        silences.some((states) => states.includes("silent fires")),
        `${alert} never starts to fire`,
      );
      if (alert === "CloudflareTokenExpiresSoon") continue;
      assert.ok(
        silences.some((states) => states.includes("fires silent")),
        `${alert} never ends`,
      );
    }
  });

  it("would fail the test if they fired when they must not, or kept silent when they must not", () => {
    const [scenario] = scenarios;
    const [[time, firing]] = Object.entries(scenario!.fires) as [[string, Firing]];
    const [silence] = scenario!.silent as [string];
    for (const wrong of [
      { silent: [time], fires: {} },
      { silent: [], fires: { [silence]: firing } },
    ]) {
      const { ok, text } = testRules(groups, { ...scenario!, ...wrong });
      assert.equal(ok, false, text);
    }
  });

  it("tells that a token of another date is in time", () => {
    const scenario = scenarios.find(({ alert }) => alert === "CloudflareTokenExpiresSoon")!;
    const renewed = alertGroups({ ...args, tokenExpiresOn: "1971-02-20T00:00:00Z" });
    const { ok, text } = testRules(renewed, { ...scenario, silent: ["51d"], fires: {} });
    assert.ok(ok, text);
  });
});
