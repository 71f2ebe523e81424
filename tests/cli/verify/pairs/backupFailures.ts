import { stringify } from "yaml";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { deployments } from "../addonClaims.js";
import { named, workload, type Answer } from "../fakeTarget.js";
import { jobReport, pushedBy } from "./nodeJobs.js";
import { pair, type Pairs } from "./pair.js";

export const rule = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheusrules/homelab-alerts";
const services = "/api/v1/namespaces/monitoring/services";
export const prometheusService = `${services}/http:prometheus-operated:9090/proxy/api/v1`;
const prometheus = { [`${services}/prometheus-operated`]: named("prometheus-operated") };

const names = ["BackupFailed", "BackupStale", "OCIBucketNearLimit"];
const expressions = [
  "backup_success == 0",
  "time() - backup_timestamp > 172800",
  "100 * sum(oci_bucket_size_bytes) / max(oci_bucket_limit_bytes) > 85",
];

/** Judges the trials of the expressions as a Prometheus would: what is absent, too low, too old or too high fires. */
const isTold = (query: string): boolean => /vector\(0\)|176400|\(86\)/.test(query);

/** The rule, in a Prometheus that has loaded these alerts; the first as `change` has it. */
export const alerting = (
  loaded: string[] = names,
  change: object = {},
  fires: (query: string) => boolean = isTold,
): Record<string, Answer> => ({
  ...prometheus,
  [rule]: named("homelab-alerts", { spec: { groups: [{ rules: names.map((alert) => ({ alert })) }] } }),
  [`${prometheusService}/rules`]: {
    data: {
      groups: [
        {
          rules: loaded.map((name, index) => ({
            ...{ name, query: expressions[index % names.length], health: "ok", duration: 0 },
            ...(index === 0 ? change : {}),
          })),
        },
      ],
    },
  },
  [`${prometheusService}/query`]: ({ path }: ApiRequest) => {
    const query = new URLSearchParams(path.split("?")[1]).get("query")!;
    return { body: JSON.stringify({ data: { result: fires(query) ? [{}] : [] } }) };
  },
});

export const deployment = `${deployments("monitoring")}/prometheus-pushgateway`;
export const gateway = (...groups: object[]) => ({ [deployment]: workload("p"), ...pushedBy(...groups) });

export const config =
  "/apis/monitoring.coreos.com/v1alpha1/namespaces/monitoring/alertmanagerconfigs/homelab-alerts";
export const alertmanager = `${services}/http:alertmanager-operated:9093/proxy/api/v2/status`;
/** The routes as the operator puts them into an Alertmanager's. */
export const routes = (to = "monitoring/homelab-alerts/critical") => ({
  receiver: "null",
  routes: [
    {
      receiver: "monitoring/homelab-alerts/default",
      matchers: ['namespace="monitoring"'],
      continue: true,
      routes: [
        { receiver: "monitoring/homelab-alerts/null", matchers: ['alertname=~"Watchdog|InfoInhibitor"'] },
        { receiver: to, matchers: ['severity="critical"'] },
      ],
    },
    { receiver: "null", matchers: ['alertname="Watchdog"'] },
  ],
});
/** An Alertmanager that has loaded this. */
export const loaded = (route: object, ...receivers: object[]): Record<string, Answer> => ({
  [config]: named("homelab-alerts"),
  [`${services}/alertmanager-operated`]: named("alertmanager-operated"),
  [alertmanager]: { config: { original: stringify({ route, receivers: [{ name: "null" }, ...receivers] }) } },
});
export const routing = (...receivers: object[]) => loaded(routes(), ...receivers);
/**
 * A Prometheus that has counted so many notifications in each way, and so many of them by mail that failed.
 *
 * @param arrival Hours since the last by mail that arrived; undefined if none has. The last that failed is two hours old.
 */
export const counted = (all = 3, failed = 0, arrival?: number): Record<string, Answer> => ({
  ...prometheus,
  [`${prometheusService}/query`]: ({ path }: ApiRequest) => {
    const query = new URLSearchParams(path.split("?")[1]).get("query")!;
    const isLoss = query.includes("alertmanager_notifications_failed_total");
    const hours = isLoss ? 2 : arrival;
    const value = query.includes("timestamp(")
      ? hours && 1_800_000_000 - hours * 3600
      : (isLoss ? (query.includes('"email"') ? failed : 0) : all) + 0.0004;
    const result = value === undefined ? [] : [{ value: [1, `${value}`] }];
    return { body: JSON.stringify({ data: { result } }) };
  },
});
export const both = { telegram_configs: [{ bot_token: "s3cret" }], email_configs: [{}] };
export const critical = { name: "monitoring/homelab-alerts/critical", ...both };
export const other = { name: "monitoring/homelab-alerts/default", ...both };
export const mail = { "monitoring.receivers.gmail": { address: "ops@example.com" } };
export const toBoth = { settings: { ...mail, "monitoring.receivers.telegram": {} } };

/** A panel that asks for the results of the backups. */
export const panel = {
  datasource: { type: "prometheus", uid: "${datasource}" },
  targets: [{ expr: "min by (job) (backup_success)" }],
};
const configMaps = "/api/v1/namespaces/monitoring/configmaps";
const asText = (content: unknown) => (typeof content === "string" ? content : JSON.stringify(content));
export const dashboard = (content: unknown): Record<string, Answer> => ({
  [configMaps]: [named("backup", { data: { "backup.json": asText(content) } })],
});
/** The dashboard in a Grafana with a data source, and a Prometheus that has so many series. */
export const showing = (
  content: unknown,
  series = 2,
  ready = 1,
  source = "prometheus",
): Record<string, Answer> => ({
  ...prometheus,
  [configMaps]: ({ path }: ApiRequest) => {
    const item = path.includes("grafana_datasource")
      ? { "datasource.yaml": stringify({ datasources: [{ type: source }] }) }
      : { "backup.json": asText(content) };
    return { body: JSON.stringify({ items: [named("backup", { data: item })], metadata: {} }) };
  },
  [deployments("monitoring")]: [workload("grafana", ready)],
  [`${prometheusService}/query`]: { data: { result: Array.from({ length: series }, () => ({})) } },
});

export const backupFailures: Pairs = {
  "The alerts BackupFailed": pair((health) => ({ answers: alerting(names, { health }) }), "ok", "err"),
  "Backup jobs report": pair(
    (hours) => ({
      answers: gateway(
        jobReport("restic_k8s_data"),
        jobReport("restic_host"),
        jobReport("pg_dump", 1, hours),
      ),
    }),
    5,
    50,
  ),
  "Alerts go to Telegram": pair<{ bots?: object[]; to?: string; sent?: number; arrival?: number }>(
    ({ bots = both.telegram_configs, to, sent, arrival = 1 }) => ({
      answers: {
        ...loaded(routes(to), { ...critical, telegram_configs: bots }, other),
        ...counted(sent, 1, arrival),
      },
      options: toBoth,
    }),
    {},
    { bots: [] },
    { to: "null" },
    { sent: 0 },
    { arrival: 3 },
  ),
  "A Grafana dashboard": pair((series) => ({ answers: showing({ panels: [panel] }, series) }), 2, 0),
};
