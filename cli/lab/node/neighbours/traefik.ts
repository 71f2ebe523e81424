import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { acmeIssuerNames } from "../../../../components/certificates/issuers.js";
import { harborHostname } from "../../../../stacks/settings/derived/hostname.js";
import type { Settings } from "../../../../stacks/settings/index.js";
import { tools } from "../../../kit/toolchain/tools.js";
import type { ImageContents } from "../images.js";

/** Its own image's name. */
export const traefikImage = `docker.io/library/traefik:v${tools.traefik.version}`;

/**
 * @param program Path of Traefik.
 * @param roots File with the certificates that it trusts backends by.
 */
export function traefikContents(program: string, roots: string): ImageContents {
  const file = "/usr/local/bin/traefik";
  const files = { [file]: program, "/etc/ssl/certs/ca-certificates.crt": roots };
  return { traefik: () => ({ files, entrypoint: [file], user: "65532" }) };
}

const rules = fileURLToPath(new URL("traefikRules.yaml", import.meta.url));

/**
 * Traefik as the settings expect it: a Gateway of that name with listeners on those ports, at an address of the node. All
 * in YAML.
 */
export function traefikManifests(settings: Settings): string {
  const { gateway } = settings;
  const { namespace } = gateway;
  const labels = { app: "traefik" };
  const metadata = { name: "traefik", namespace };
  const ports = [
    { name: "web", port: gateway.httpPort },
    { name: gateway.listener ?? "websecure", port: gateway.httpsPort },
  ];
  const args = [
    ...ports.map(({ name, port }) => `--entryPoints.${name}.address=:${port}`),
    ...["--entryPoints.traefik.address=:8080", "--ping=true", "--accessLog=true"],
    ...["--global.checkNewVersion=false", "--global.sendAnonymousUsage=false"],
    ...[
      "--providers.kubernetesGateway=true",
      `--providers.kubernetesGateway.statusAddress.service.name=${metadata.name}`,
      `--providers.kubernetesGateway.statusAddress.service.namespace=${namespace}`,
    ],
  ];
  const container = {
    ...{ name: "traefik", image: traefikImage, args },
    readinessProbe: { httpGet: { path: "/ping", port: 8080 }, periodSeconds: 2 },
  };
  const objects = [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "traefik" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "traefik" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "traefik",
            // The listeners' ports are those that it listens on.
            securityContext: { sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }] },
            containers: [container],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      // Ports of all nodes would come in addition.
      spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, selector: labels, ports },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: "traefik" },
      spec: { controllerName: "traefik.io/gateway-controller" },
    },
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata: { name: gateway.name, namespace },
      spec: { gatewayClassName: "traefik", listeners: listenersOf(settings, ports) },
    },
  ];
  return [readFileSync(rules, "utf8"), ...objects.map((object) => JSON.stringify(object))].join("\n---\n");
}

/** Every namespace may attach routes to both: with that it is the routes that have to say which they are for. */
function listenersOf(settings: Settings, ports: { name: string; port: number }[]): object[] {
  const [http, https] = ports.map((one) => ({ ...one, allowedRoutes: { namespaces: { from: "All" } } }));
  const secret = servedSecret(settings);
  return [
    { ...http, protocol: "HTTP" },
    ...(secret ? [{ ...https, protocol: "HTTPS", tls: { certificateRefs: [{ name: secret }] } }] : []),
  ];
}

/** Secret with the certificate that the Gateway shows for Harbor's name, one of Let's Encrypt before others. */
function servedSecret(settings: Settings): string | undefined {
  const host = harborHostname(settings);
  const names = [host, host.replace(/^[^.]+/, "*")];
  const fitting = settings.certificates.certificates.filter(
    ({ namespace, dnsNames }) =>
      namespace === settings.gateway.namespace && dnsNames.some((name) => names.includes(name)),
  );
  const byAcme = fitting.find(({ issuer }) => Object.values<string>(acmeIssuerNames).includes(issuer));
  return (byAcme ?? fitting[0])?.secretName;
}
