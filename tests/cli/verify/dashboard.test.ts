import { claims, simulated } from "./addonClaims.js";
import { dashboard, panel, showing } from "./pairs/backupFailures.js";

const off = { settings: { "monitoring.enabled": false } };
const panels = { panels: [panel, { targets: [{ expr: "up" }] }] };
const empty = "no dashboard in monitoring has a panel that asks Prometheus for backup_success";
claims("Backup failures", "A Grafana dashboard", {
  "proved: it does": [
    showing(panels),
    "ConfigMap monitoring/backup asks for min by (job) (backup_success), and Prometheus answers with 2 series",
  ],
  "proved: and another panel has variables": [
    showing({ panels: [{ ...panel, targets: [{ expr: 'backup_success{job=~"$job"}' }, ...panel.targets] }] }),
    /asks for min by/,
  ],
  "proved: it does, in a row": [showing({ panels: [{ panels: [panel] }] }), /answers with 2 series$/],
  "failed: its panel is empty": [
    showing(panels, 0),
    "the panel of ConfigMap monitoring/backup is empty: Prometheus has no series for min by (job) (backup_success)",
  ],
  "failed: it asks another data source": [
    showing({ panels: [{ ...panel, datasource: { type: "loki" } }] }),
    empty,
  ],
  "failed: Grafana does not run": [showing(panels, 2, 0), "Grafana in monitoring has no pod ready"],
  "unchecked: Grafana knows no Prometheus": [
    showing(panels, 2, 1, "loki"),
    /^ConfigMap monitoring\/backup is there, but no ConfigMap in monitoring with the label grafana_datasource names/,
  ],
  "unchecked: there is no Prometheus": [
    dashboard(panels),
    /but there is no Service monitoring\/prometheus-operated to ask/,
  ],
  "unchecked: its pods are simulated": [showing(panels), /and no Prometheus reads it: no pod/, simulated],
  "failed: it has the word, and no panel": [dashboard({ title: "backup_success" }), empty],
  "failed: it is no dashboard": [dashboard("todo: backup_success"), empty],
  "failed: it is not even text": [dashboard("{ a: *b"), empty],
  "failed: there are others": [dashboard({}), empty],
  "unchecked: monitoring is off": [{}, /leave monitoring out/, off],
});
