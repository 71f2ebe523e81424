/** Where a chart comes from and the version this release is tested with. */
export interface ChartSource {
  /** Chart name, or the whole reference where the chart is kept as an OCI artifact. */
  chart: string;
  /** Repository of charts; absent for OCI artifacts. */
  repo?: string;
  version: string;
}

/** A chart of this program, and how its release is installed and upgraded. */
export interface Chart extends ChartSource {
  /** Seconds until every object of the release must be ready. */
  timeoutSeconds: number;
  /** Whether Helm takes back what fails: an upgrade by a rollback, a first install by its removal. */
  atomic: boolean;
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

const usual = { timeoutSeconds: 600, atomic: true };

/** The table of defaults; the settings `charts` and `releases` may override a version and a time limit. */
export const charts: Record<ChartName, Chart> = {
  "sealed-secrets": {
    chart: "sealed-secrets",
    repo: "https://bitnami.github.io/sealed-secrets",
    version: "2.19.1",
    ...usual,
  },
  // The chart repository charts.jetstack.io is kept for old releases; the project recommends the OCI artifact.
  "cert-manager": { chart: "oci://quay.io/jetstack/charts/cert-manager", version: "v1.21.1", ...usual },
  // Nine images, and a database that is made at the first start.
  harbor: {
    chart: "harbor",
    repo: "https://helm.goharbor.io",
    version: "1.19.1",
    ...usual,
    timeoutSeconds: 900,
  },
  reloader: {
    chart: "reloader",
    repo: "https://stakater.github.io/stakater-charts",
    version: "2.2.12",
    ...usual,
  },
  // The network of every pod: a slow pull must not end in a rollback or a removal, which restarts or ends the agents on
  // all nodes at once. What has failed stays, and the next run upgrades it.
  cilium: {
    chart: "cilium",
    repo: "https://helm.cilium.io",
    version: "1.20.0",
    timeoutSeconds: 1800,
    atomic: false,
  },
  velero: {
    chart: "velero",
    repo: "https://vmware-tanzu.github.io/helm-charts",
    version: "12.1.0",
    ...usual,
  },
  alloy: { chart: "alloy", repo: "https://grafana.github.io/helm-charts", version: "1.11.1", ...usual },
};
