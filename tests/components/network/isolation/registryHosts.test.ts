import assert from "node:assert/strict";
import { parseFlow } from "../../../../components/network/isolation/parse.js";
import { resolveFlow } from "../../../../components/network/isolation/resolve.js";

describe("a flow to a registry", () => {
  const hostsOf = (target: string) => {
    const { to } = resolveFlow({ flow: parseFlow(`apps -> internet: ${target}`) }, {});
    return to.kind === "hosts" ? to.names : assert.fail(to.kind);
  };
  const docker = [
    "auth.docker.io",
    "docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com",
    "docker.io",
    "production.cloudflare.docker.com",
    "production.cloudfront.docker.com",
    "registry-1.docker.io",
  ];
  const github = ["ghcr.io", "pkg-containers.githubusercontent.com"];
  const cases: [target: string, hosts: string[]][] = [
    ["docker.io", docker],
    ["ghcr.io", github],
    ["quay.io", ["cdn.quay.io", "cdn01.quay.io", "cdn02.quay.io", "cdn03.quay.io", "quay.io"]],
    // Those that serve everything themselves, and hosts that only look like a registry.
    ["gcr.io", ["gcr.io"]],
    ["registry.k8s.io", ["registry.k8s.io"]],
    ["docker.io.example.com", ["docker.io.example.com"]],
    ["constructor.io", ["constructor.io"]],
    // Several, a companion among them: each host once, in order.
    ["ghcr.io, docker.io, auth.docker.io", [...docker, ...github].sort()],
  ];
  for (const [target, hosts] of cases)
    it(`leads to every host that serves it: ${target}`, () => assert.deepEqual(hostsOf(target), hosts));
});
