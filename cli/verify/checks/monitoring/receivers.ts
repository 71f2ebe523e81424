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
  for (const { name, integration } of wanted) {
    const count = async (metric: string): Promise<number> => {
      const selector = `namespace="${namespace}",integration="${integration}"`;
      return Math.round((await prometheus.value(`sum(increase(${metric}{${selector}}[${window}]))`)) ?? 0);
    };
    const all = await count("alertmanager_notifications_total");
    const lost = await count("alertmanager_notifications_failed_total");
    if (lost > 0) failures.push(`${lost} of ${all} notifications by ${name} failed in the last ${window}`);
    else if (all === 0) silent.push(name);
    else seen.push(`${all} by ${name}`);
  }
  if (failures.length > 0) return failed(failures.join("; "));
  if (silent.length > 0)
    return unchecked(
      `${led}, but nothing was sent by ${silent.join(" and ")} in the last ${window}; send something: ` +
        `kubectl -n ${namespace} exec <pod of Alertmanager> -- amtool --alertmanager.url=http://localhost:9093 ` +
        `alert add VerifyTest severity=critical namespace=${namespace}`,
    );
  return proved(`${led}; in the last ${window} notifications arrived: ${seen.join(", ")}, none failed`);
}
