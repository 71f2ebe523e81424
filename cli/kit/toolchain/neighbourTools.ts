import type { Tool } from "./pinnedTool.js";

const traefik = "3.6.7";

/** What others install in a cluster and this program works with. Only a node runs it. */
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
} satisfies Record<string, Tool>;
