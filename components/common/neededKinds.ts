/** Kinds of one API version, each with the plural that names its definition. */
export interface NeededKinds {
  apiVersion: string;
  kinds: Readonly<Record<string, string>>;
}

/** Custom resources that this program works with and whose CustomResourceDefinitions it does not install. */
export const neededKinds = {
  gateway: {
    apiVersion: "gateway.networking.k8s.io/v1",
    kinds: { BackendTLSPolicy: "backendtlspolicies", Gateway: "gateways", HTTPRoute: "httproutes" },
  },
  monitoring: {
    apiVersion: "monitoring.coreos.com/v1",
    kinds: {
      PodMonitor: "podmonitors",
      PrometheusRule: "prometheusrules",
      ServiceMonitor: "servicemonitors",
    },
  },
  receivers: {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kinds: { AlertmanagerConfig: "alertmanagerconfigs" },
  },
  argocd: {
    apiVersion: "argoproj.io/v1alpha1",
    kinds: { Application: "applications", AppProject: "appprojects" },
  },
} as const satisfies Record<string, NeededKinds>;
