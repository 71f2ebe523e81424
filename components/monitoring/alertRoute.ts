/** A condition on a label, as an AlertmanagerConfig has it. */
export interface Matcher {
  name: string;
  matchType: "=" | "=~";
  value: string;
}

/** A route, as an AlertmanagerConfig has it (https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1alpha1.Route). */
export interface AlertRoute {
  receiver: string;
  groupBy?: string[];
  groupWait?: string;
  groupInterval?: string;
  repeatInterval?: string;
  matchers?: Matcher[];
  continue?: boolean;
  routes?: AlertRoute[];
}

/** Receivers of the routes; `null` tells nobody. */
export const receiverNames = { critical: "critical", default: "default", none: "null" } as const;

/**
 * The routes: critical alerts, alerts that only prove that alerting works, and everything else.
 *
 * @param enforcedNamespace Adds what the operator makes of the outermost route of an AlertmanagerConfig in that
 * namespace, unless its matcher strategy says otherwise: it takes alerts of this namespace alone, and lets those that
 * come after see them too (https://github.com/prometheus-operator/prometheus-operator/blob/v0.93.0/pkg/alertmanager/amcfg.go).
 */
export function alertRoute(enforcedNamespace?: string): AlertRoute {
  return {
    receiver: receiverNames.default,
    groupBy: ["alertname"],
    groupWait: "30s",
    groupInterval: "5m",
    repeatInterval: "24h",
    routes: [
      {
        receiver: receiverNames.none,
        matchers: [{ name: "alertname", matchType: "=~", value: "Watchdog|InfoInhibitor" }],
      },
      {
        receiver: receiverNames.critical,
        matchers: [{ name: "severity", matchType: "=", value: "critical" }],
        repeatInterval: "4h",
      },
    ],
    ...(enforcedNamespace === undefined
      ? {}
      : {
          matchers: [{ name: "namespace", matchType: "=", value: enforcedNamespace }],
          continue: true,
        }),
  };
}
