import assert from "node:assert/strict";
import { ownFlows } from "../../../stacks/settings/derived/flows.js";
import { parseSettings } from "../../../stacks/settings/index.js";
import { rawSettings } from "../../stacks/settings/fixtures.js";

/** Flows of Alertmanager and the Pushgateway, in words. */
function flowsWith(set: Record<string, unknown>): string[] {
  const { settings } = parseSettings(rawSettings({ set }), "test");
  const names = (peer: { kind: string; name?: string; names?: string[] }) =>
    peer.name ?? peer.names?.join(", ") ?? peer.kind;
  return ownFlows(settings)
    .map(
      ({ from, to, ports }) => `${names(from)} -> ${names(to)}: ${ports.map(({ number }) => number).join()}`,
    )
    .filter((text) => /alertmanager|pushgateway/.test(text));
}

describe("flows of alerts", () => {
  const always = [
    "prometheus -> alertmanager: 9093",
    "nodes -> prometheus-pushgateway: 9091",
    "prometheus -> prometheus-pushgateway: 9091",
  ];
  const telegram = { "monitoring.receivers.telegram": {} };
  const gmail = { "monitoring.receivers.gmail": { address: "ops@example.com" } };
  const cases: [name: string, set: Record<string, unknown>, flows: string[]][] = [
    ["nobody's", {}, always],
    ["Telegram's", telegram, [always[0]!, "alertmanager -> api.telegram.org: 443", ...always.slice(1)]],
    ["Gmail's", gmail, [always[0]!, "alertmanager -> smtp.gmail.com: 587", ...always.slice(1)]],
    ["no job's", { "backups.jobs.enabled": false }, always.slice(0, 1)],
    ["no Prometheus'", { "monitoring.enabled": false }, []],
  ];
  for (const [name, set, flows] of cases) it(`are ${name}`, () => assert.deepEqual(flowsWith(set), flows));
});
