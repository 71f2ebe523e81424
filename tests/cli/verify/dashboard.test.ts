import { claims, simulated } from "./addonClaims.js";
import { dashboard, panel, showing } from "./pairs/backupFailures.js";

const off = { settings: { "monitoring.enabled": false } };
const panels = { panels: [panel, { targets: [{ expr: "up" }] }] };
const empty = "no dashboard in monitoring has a panel that asks Prometheus for backup_success";
claims("Backup failures", "A Grafana dashboard", [
  [
    "it does",
    showing(panels),
    "proved",
    "ConfigMap monitoring/backup asks for min by (job) (backup_success), and Prometheus answers with 2 series",
  ],
  [
    "and another panel has variables",
    showing({ panels: [{ ...panel, targets: [{ expr: 'backup_success{job=~"$job"}' }, ...panel.targets] }] }),
    "proved",
    /asks for min by/,
  ],
  ["it does, in a row", showing({ panels: [{ panels: [panel] }] }), "proved", /answers with 2 series$/],
  [
    "its panel is empty",
    showing(panels, 0),
    "failed",
    "the panel of ConfigMap monitoring/backup is empty: Prometheus has no series for min by (job) (backup_success)",
  ],
  [
    "it asks another data source",
    showing({ panels: [{ ...panel, datasource: { type: "loki" } }] }),
    "failed",
    empty,
  ],
  ["Grafana does not run", showing(panels, 2, 0), "failed", "Grafana in monitoring has no pod ready"],
  [
    "Grafana knows no Prometheus",
    showing(panels, 2, 1, "loki"),
    "unchecked",
    /^ConfigMap monitoring\/backup is there, but no ConfigMap in monitoring with the label grafana_datasource names/,
  ],
  [
    "there is no Prometheus",
    dashboard(panels),
    "unchecked",
    /but there is no Service monitoring\/prometheus-operated to ask/,
  ],
  ["its pods are simulated", showing(panels), "unchecked", /and no Prometheus reads it: no pod/, simulated],
  ["it has the word, and no panel", dashboard({ title: "backup_success" }), "failed", empty],
  ["it is no dashboard", dashboard("todo: backup_success"), "failed", empty],
  ["it is not even text", dashboard("{ a: *b"), "failed", empty],
  ["there are others", dashboard({}), "failed", empty],
  ["monitoring is off", {}, "unchecked", /leave monitoring out/, off],
]);
