import type { Tool } from "./pinnedTool.js";

const certManager = "v1.21.1";
const pebble = "2.10.0";

function pebbleTool(name: string, title: string): Tool {
  return {
    name,
    title: `${title} ${pebble}`,
    module: "pebble",
    package: `github.com/letsencrypt/pebble/v2/cmd/${name}`,
    version: pebble,
    variables: { "main.version": pebble },
    // The challenge server cannot say which version it is, so one that is found on PATH is not taken.
    versionArguments: ["-version"],
    download: "https://github.com/letsencrypt/pebble/releases",
    buildMinutes: 0.3,
    onDemand: true,
  };
}

/** What a node issues certificates with: cert-manager, and an ACME server with the DNS that its challenges are looked up in. */
export const certificateTools = {
  "cert-manager": {
    name: "cert-manager",
    title: `cert-manager ${certManager}`,
    module: "cert-manager",
    package: "github.com/cert-manager/cert-manager/cmd/cert-manager",
    versionOf: "github.com/cert-manager/cert-manager",
    version: certManager,
    variables: { "github.com/cert-manager/cert-manager/pkg/util.AppVersion": certManager },
    versionArguments: ["version"],
    // Its releases are images.
    download: "https://pkg.go.dev/github.com/cert-manager/cert-manager",
    buildMinutes: 4,
    onDemand: true,
  },
  pebble: pebbleTool("pebble", "pebble"),
  "pebble-challtestsrv": pebbleTool("pebble-challtestsrv", "pebble's challenge server"),
} satisfies Record<string, Tool>;
