import { backupAlerts } from "../../../../components/backups/backupAlerts.js";
import { configName } from "../../../../components/monitoring/alertReceivers.js";
import { receiverNames } from "../../../../components/monitoring/alertRoute.js";
import { failed, proved, unchecked, type Finding } from "../../claim.js";
import { read } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { loadedConfiguration, receiversOf, type Loaded } from "./alertmanager.js";
import { Prometheus } from "./prometheus.js";

/** A way to somebody, by what Alertmanager calls it. */
interface Way {
  /** As a person calls it. */
  name: string;
  /** Its part of a receiver. */
  configs: "telegram_configs" | "email_configs";
  /** Label of its metrics. */
  integration: string;
}
const ways = {
  telegram: { name: "Telegram", configs: "telegram_configs", integration: "telegram" },
  gmail: { name: "e-mail", configs: "email_configs", integration: "email" },
} as const satisfies Record<string, Way>;

/** How far back notifications count. */
const window = "7d";

/** Whether the alerts lead to receivers of Alertmanager, and what it sent has arrived. */
export async function alertsArrive(target: Target): Promise<Finding> {
  const { namespace, receivers } = target.settings.monitoring;
  const wanted: Way[] = [
    ...(receivers.telegram ? [ways.telegram] : []),
    ...(receivers.gmail ? [ways.gmail] : []),
  ];
  if (wanted.length === 0)
    return unchecked("the stack's settings name nobody to tell (monitoring.receivers)");
  const label = `AlertmanagerConfig ${namespace}/${configName}`;
  const path = `/apis/monitoring.coreos.com/v1alpha1/namespaces/${namespace}/alertmanagerconfigs/${configName}`;
  if (!(await read(target.api, path))) return failed(`there is no ${label}`);
  const loaded = await loadedConfiguration(target, `${label} is there`);
  if ("status" in loaded) return loaded;
  const problems = [...receiverProblems(loaded, namespace, wanted), ...routeProblems(loaded, namespace)];
  if (problems.length > 0) return failed(problems.join("; "));
  return sent(target, wanted);
}

const loadedName = (namespace: string, receiver: string): string => `${namespace}/${configName}/${receiver}`;

function receiverProblems({ receivers = [] }: Loaded, namespace: string, wanted: Way[]): string[] {
  return [receiverNames.critical, receiverNames.default].flatMap((name) => {
    const full = loadedName(namespace, name);
    const receiver = receivers.find((each) => each.name === full);
    if (!receiver) return [`Alertmanager has no receiver ${full}`];
    return wanted.flatMap((way) =>
      receiver[way.configs]?.length ? [] : [`the receiver ${name} has no ${way.name}`],
    );
  });
}

/** Alerts of the backups that would end elsewhere. */
function routeProblems({ route }: Loaded, namespace: string): string[] {
  return backupAlerts()
    .flatMap(({ alerts }) => alerts)
    .flatMap(({ alert, severity }) => {
      const wanted = severity === "critical" ? receiverNames.critical : receiverNames.default;
      const found = receiversOf(route, { alertname: alert, severity, namespace });
      return found.includes(loadedName(namespace, wanted))
        ? []
        : [`Alertmanager sends ${alert} to ${found.join(", ") || "nobody"}, not to the receiver ${wanted}`];
    });
}

/** What has become of notifications, which Alertmanager counts and Prometheus keeps. */
async function sent(target: Target, wanted: Way[]): Promise<Finding> {
  const { namespace } = target.settings.monitoring;
  const led = `Alertmanager leads alerts to ${wanted.map(({ name }) => name).join(" and ")}`;
  const prometheus = await Prometheus.of(target, led);
  if ("status" in prometheus) return prometheus;
  const failures: string[] = [];
  const silent: string[] = [];
  const seen: string[] = [];
  const losses: string[] = [];
  for (const { name, integration } of wanted) {
    const counter = (metric: string): string =>
      `alertmanager_${metric}_total{namespace="${namespace}",integration="${integration}"}`;
    const count = async (metric: string): Promise<number> =>
      Math.round((await prometheus.value(`sum(increase(${counter(metric)}[${window}]))`)) ?? 0);
    const all = await count("notifications");
    const lost = await count("notifications_failed");
    const ofAll = `${lost} of ${all} notifications by ${name} failed in the last ${window}`;
    if (lost === 0 && all === 0) silent.push(name);
    else if (lost > 0 && !(await hasArrivedSince(prometheus, counter)))
      failures.push(`${ofAll}, and none has arrived since`);
    else {
      seen.push(`${all - lost} by ${name}`);
      if (lost > 0) losses.push(`${ofAll}, before one that arrived`);
    }
  }
  if (failures.length > 0) return failed(failures.join("; "));
  if (silent.length > 0)
    return unchecked(
      `${led}, but nothing was sent by ${silent.join(" and ")} in the last ${window}; send something: ` +
        `kubectl -n ${namespace} exec <pod of Alertmanager> -- amtool --alertmanager.url=http://localhost:9093 ` +
        `alert add VerifyTest severity=critical namespace=${namespace}`,
    );
  return proved(
    `${led}; in the last ${window} notifications arrived: ${seen.join(", ")}${losses.length > 0 ? `; ${losses.join("; ")}` : ", none failed"}`,
  );
}

/** Whether a notification has arrived in one way since the last one that was lost, as near as some minutes. */
async function hasArrivedSince(
  prometheus: Prometheus,
  counter: (metric: string) => string,
): Promise<boolean> {
  /** When a counter last rose, in seconds since 1970. */
  const lastRise = (counted: string) =>
    prometheus.value(`max(max_over_time(timestamp(increase(${counted}) > 0)[${window}:1m]))`);
  // A notification counts as soon as it is tried, and as failed minutes later. A request counts once it is answered.
  const arrived = `(sum by (pod) (${counter("notification_requests")}) - sum by (pod) (${counter("notification_requests_failed")}))`;
  const arrival = await lastRise(`${arrived}[5m:30s]`);
  const loss = await lastRise(`${counter("notifications_failed")}[5m]`);
  return arrival !== undefined && (loss === undefined || arrival >= loss);
}
