/** Where a chart comes from and the version this release is tested with. */
export interface ChartSource {
  /** Chart name, or the whole reference where the chart is kept as an OCI artifact. */
  chart: string;
  /** Repository of charts; absent for OCI artifacts. */
  repo?: string;
  version: string;
}

export const chartNames = [
  "sealed-secrets",
  "cert-manager",
  "harbor",
  "reloader",
  "cilium",
  "velero",
  "alloy",
] as const;
export type ChartName = (typeof chartNames)[number];

/** The table of default versions; the setting `charts` may override one. */
export const charts: Record<ChartName, ChartSource> = {
  "sealed-secrets": {
    chart: "sealed-secrets",
    repo: "https://bitnami.github.io/sealed-secrets",
    version: "2.19.1",
  },
  // The chart repository charts.jetstack.io is kept for old releases; the project recommends the OCI artifact.
  "cert-manager": { chart: "oci://quay.io/jetstack/charts/cert-manager", version: "v1.21.1" },
  harbor: { chart: "harbor", repo: "https://helm.goharbor.io", version: "1.19.1" },
  reloader: { chart: "reloader", repo: "https://stakater.github.io/stakater-charts", version: "2.2.12" },
  cilium: { chart: "cilium", repo: "https://helm.cilium.io", version: "1.20.0" },
  velero: { chart: "velero", repo: "https://vmware-tanzu.github.io/helm-charts", version: "12.1.0" },
  alloy: { chart: "alloy", repo: "https://grafana.github.io/helm-charts", version: "1.11.1" },
};
