/** Day on which the pages below were read; their owners change them. */
export const registryHostsReadOn = "2026-11-29";

/**
 * Hosts that a registry sends its clients on to, for tokens and layers: an image cannot be pulled from the registry alone.
 * Google's registries serve everything themselves.
 */
const companions: Readonly<Record<string, readonly string[]>> = {
  // https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry
  "ghcr.io": ["pkg-containers.githubusercontent.com"],
  // https://docs.docker.com/desktop/setup/allow-list/
  "docker.io": [
    "auth.docker.io",
    "docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com",
    "production.cloudflare.docker.com",
    "production.cloudfront.docker.com",
    "registry-1.docker.io",
  ],
  // https://access.redhat.com/articles/7084334
  "quay.io": ["cdn.quay.io", "cdn01.quay.io", "cdn02.quay.io", "cdn03.quay.io"],
};

/** The hosts, and those that they send their clients on to. */
export function withCompanions(hosts: readonly string[]): string[] {
  return [...new Set(hosts.flatMap((host) => [host, ...(companions[host] ?? [])]))].sort();
}
