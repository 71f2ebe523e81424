import type { Tool } from "./pinnedTool.js";

const traefik = "3.6.7";
const argocd = "3.3.6";

/** What others install in a cluster and this program works with: the Gateway's controller, and ArgoCD. Only a node runs them. */
export const neighbourTools = {
  traefik: {
    name: "traefik",
    title: `Traefik ${traefik}`,
    module: "traefik",
    package: "github.com/traefik/traefik/v3/cmd/traefik",
    version: traefik,
    variables: { "github.com/traefik/traefik/v3/pkg/version.Version": traefik },
    versionArguments: ["version"],
    download: "https://github.com/traefik/traefik/releases",
    buildMinutes: 5,
    onDemand: true,
  },
  argocd: {
    name: "argocd",
    title: `ArgoCD ${argocd}`,
    module: "argocd",
    // All of its programs in one; which it is, its name says.
    package: "github.com/argoproj/argo-cd/v3/cmd",
    version: argocd,
    variables: { "github.com/argoproj/argo-cd/v3/common.version": argocd },
    versionArguments: ["version", "--client", "--short"],
    download: "https://github.com/argoproj/argo-cd/releases",
    buildMinutes: 4,
    onDemand: true,
  },
} satisfies Record<string, Tool>;
