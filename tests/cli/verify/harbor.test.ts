import { named, workload } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence, condition, deployments } from "./addonClaims.js";
import { accepted, gateway, route, routes, served, trivy, wholeHarbor } from "./pairs/unscannedImages.js";

const claim = "Harbor runs in the harbor namespace";
claims("Unscanned images", claim, [
  [
    "all eight are ready",
    wholeHarbor(),
    "proved",
    "harbor-core 1/1, harbor-registry 1/1, harbor-nginx 1/1, harbor-portal 1/1, harbor-jobservice 1/1, " +
      "harbor-database 1/1, harbor-redis 1/1, harbor-trivy 1/1 ready",
  ],
  [
    "two are not there and one is not ready",
    {
      ...wholeHarbor(),
      [`${deployments("harbor")}/harbor-core`]: () => ({ status: 404 }),
      "/apis/apps/v1/namespaces/harbor/statefulsets/harbor-trivy": () => ({ status: 404 }),
      [`${deployments("harbor")}/harbor-portal`]: workload("harbor-portal", 0, 2),
    },
    "failed",
    "there is no Deployment harbor/harbor-core, no StatefulSet harbor/harbor-trivy; " +
      "Deployment harbor/harbor-portal has 0 of 2 pods ready",
  ],
  [
    "the registry lacks a container",
    {
      ...wholeHarbor(),
      [`${deployments("harbor")}/harbor-registry`]: workload("harbor-registry", 1, 1, [{ name: "registry" }]),
    },
    "failed",
    "Deployment harbor/harbor-registry has the containers registry, not registry and registryctl",
  ],
  ["it is recorded", {}, "unchecked", recordedEvidence("harbor"), recorded("harbor")],
  [
    "it is left out",
    {},
    "unchecked",
    "the stack's settings leave Harbor out (registry.enabled)",
    { settings: { "registry.enabled": false } },
  ],
]);
const asTold = "SCANNER_TRIVY_VULN_TYPE=os,library, SCANNER_TRIVY_SECURITY_CHECKS=vuln,config,secret";
claims("Unscanned images", "Trivy checks", [
  [
    "it is told to, and only Harbor knows of scans",
    trivy("vuln,config,secret"),
    "unchecked",
    new RegExp(
      `^${asTold}, but only Harbor knows whether anything was scanned, .*: curl -u admin "https://harbor`,
    ),
  ],
  ["it does not run", trivy("vuln,config,secret", 0), "failed", "Trivy has 0 of 1 pods ready"],
  ["its pod is simulated", trivy("vuln,config,secret"), "unchecked", /nothing is scanned: no pod/, simulated],
  [
    "it is as the chart has it",
    trivy("vuln"),
    "failed",
    "SCANNER_TRIVY_SECURITY_CHECKS lacks config; SCANNER_TRIVY_SECURITY_CHECKS lacks secret",
  ],
  ["it is not there", {}, "failed", "StatefulSet harbor/harbor-trivy does not exist"],
]);
const redirect = named(
  "another",
  {
    spec: {
      hostnames: ["harbor.example.com"],
      parentRefs: [{ ...gateway, port: 80 }],
      rules: [{ filters: [{ type: "RequestRedirect" }] }],
    },
  },
  "harbor",
);
const text = "HTTPRoute harbor/harbor leads harbor.example.com from traefik/traefik-gateway";
const ping = "https://harbor.example.com/api/v2.0/ping";
const other = "no HTTPRoute in harbor leads harbor.example.com from the Gateway traefik/traefik-gateway";
claims("Unscanned images", "Harbor is accessed at its public name", [
  [
    "it is",
    route(accepted()),
    "proved",
    `${ping} answers, with a certificate that clients accept`,
    served(200),
  ],
  [
    "the route that redirects from HTTP comes first, and leads nowhere",
    { [routes]: [redirect, ...route(accepted())[routes]] },
    "proved",
    `${ping} answers, with a certificate that clients accept`,
    served(200),
  ],
  [
    "something else answers where Harbor is only recorded",
    route(accepted()),
    "unchecked",
    recordedEvidence("harbor"),
    { ...served(200), ...recorded("harbor") },
  ],
  ["Harbor is down", route(accepted()), "failed", `${ping} answers with status 503`, served(503)],
  [
    "its certificate has expired",
    route(accepted()),
    "failed",
    "clients refuse the certificate at harbor.example.com: certificate has expired",
    served(200, "certificate has expired"),
  ],
  [
    "nobody can ask it from here",
    route(accepted()),
    "unchecked",
    /cannot be reached from here: getaddrinfo ENOTFOUND$/,
  ],
  [
    "it leads to a stranger's Service",
    route(accepted(), gateway, "stranger"),
    "failed",
    "HTTPRoute harbor/harbor leads harbor.example.com to stranger:443, not to Harbor's Service harbor",
    served(200),
  ],
  [
    "another Gateway has accepted it",
    route(accepted({ name: "another" })),
    "failed",
    `${text}, but no Gateway controller has accepted it`,
    served(200),
  ],
  [
    "the Gateway refuses it",
    route(accepted(gateway, "False")),
    "failed",
    "HTTPRoute harbor/harbor is not Accepted: no such listener",
  ],
  [
    "the Gateway has said nothing of its backends",
    route({ parents: [{ parentRef: gateway, ...condition("Accepted", "True") }] }),
    "failed",
    "HTTPRoute harbor/harbor is not ResolvedRefs: the Gateway has not said so",
  ],
  ["no Gateway answers", route(), "failed", `${text}, but no Gateway controller has accepted it`],
  [
    "no Gateway could answer",
    route(),
    "unchecked",
    /but no Gateway controller has accepted it; check/,
    simulated,
  ],
  ["it hangs on another Gateway", route(undefined, { ...gateway, name: "other" }), "failed", other],
  ["it hangs on a Gateway of another namespace", route(undefined, { name: gateway.name }), "failed", other],
  [
    "there are no HTTPRoutes",
    {},
    "failed",
    "the cluster knows no HTTPRoutes: the Gateway API is not installed",
  ],
]);
claims("Unscanned images", "Every image pushed", [
  [
    "only Harbor knows",
    {},
    "unchecked",
    /curl -u admin https:\/\/harbor\.example\.com\/api\/v2\.0\/projects$/,
  ],
]);
