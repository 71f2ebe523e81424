import type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";

/** One alert, with all that the person it wakes needs. */
export interface Alert {
  /** Name. */
  alert: string;
  /** PromQL; every series of the result is an alert. */
  expr: string;
  /** How long the condition has to hold. */
  for: string;
  /** critical wakes somebody, warning waits for the morning. */
  severity: "critical" | "warning";
  /** What is wrong, in a few words. */
  summary: string;
  /** What is wrong, with names and numbers; a template. */
  description: string;
  /** Where the metrics come from; without it the alert says nothing. */
  exporter: string;
  /** Where to look first. */
  runbook: string;
}

export interface AlertGroup {
  /** Name of the group. */
  name: string;
  /** Its alerts; a group with none is left out. */
  alerts: Alert[];
}

type RuleSpec = IPrometheusRule["spec"];

/** Where the metrics of the alerts come from. */
export const exporters = {
  apiServer: "kube-apiserver, scraped by kube-prometheus-stack (kubeApiServer.enabled)",
  certManager: "cert-manager, by the ServiceMonitor of its chart",
  none: "none: the date is part of the rule",
  pushgateway: "prometheus-pushgateway, scraped with honorLabels: true",
  velero: "Velero's server, by the ServiceMonitor of its chart",
} as const;

/**
 * Spec of a PrometheusRule. Every alert gets the label `namespace`, whatever its series say: Alertmanager's operator
 * adds that very matcher to the routes of an AlertmanagerConfig.
 */
export function ruleSpec(groups: AlertGroup[], namespace: string): RuleSpec {
  return {
    groups: groups
      .filter(({ alerts }) => alerts.length > 0)
      .map(({ name, alerts }) => ({
        name,
        rules: alerts.map(({ alert, expr, for: duration, severity, ...annotations }) => ({
          alert,
          expr,
          for: duration,
          labels: { severity, namespace },
          annotations,
        })),
      })),
  };
}

/**
 * A condition that also holds for each selector without any series during the window: a comparison alone is silent
 * about what never reported.
 */
export function orAbsent(condition: string, window: string, selectors: readonly string[]): string {
  return [condition, ...selectors.map((selector) => `absent_over_time(${selector}[${window}])`)].join(
    "\nor ",
  );
}

/** A template: one text for a series that is missing (its value is 1 then), one for a real value. */
export function ifAbsent(missing: string, present: string): string {
  return `{{ if eq $value 1.0 }}${missing}{{ else }}${present}{{ end }}`;
}
