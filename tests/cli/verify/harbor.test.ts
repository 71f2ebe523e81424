import { named, workload, type Answer } from "./fakeTarget.js";
import { claims, simulated, recorded, recordedEvidence, condition, deployments } from "./addonClaims.js";

const parts = ["core", "registry", "nginx", "portal", "jobservice"];
const stateful = ["database", "redis", "trivy"];
const containers = [{ name: "registry" }, { name: "registryctl" }];
const env = (name: string, value: string) => ({ name, value });
const whole: Record<string, Answer> = {
  ...Object.fromEntries(
    parts.map((part) => [
      `${deployments("harbor")}/harbor-${part}`,
      workload(`harbor-${part}`, 1, 1, containers),
    ]),
  ),
  ...Object.fromEntries(
    stateful.map((part) => [
      `/apis/apps/v1/namespaces/harbor/statefulsets/harbor-${part}`,
      workload(`harbor-${part}`),
    ]),
  ),
};
const claim = "Harbor runs in the harbor namespace";
claims("Unscanned images", claim, [
  [
    "all eight are ready",
    whole,
    "proved",
    "harbor-core 1/1, harbor-registry 1/1, harbor-nginx 1/1, harbor-portal 1/1, harbor-jobservice 1/1, " +
      "harbor-database 1/1, harbor-redis 1/1, harbor-trivy 1/1 ready",
  ],
  [
    "two are not there and one is not ready",
    {
      ...whole,
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
      ...whole,
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
const trivy = (checks: string): Record<string, Answer> => ({
  "/apis/apps/v1/namespaces/harbor/statefulsets/harbor-trivy": workload("harbor-trivy", 1, 1, [
    {
      name: "trivy",
      env: [env("SCANNER_TRIVY_VULN_TYPE", "os,library"), env("SCANNER_TRIVY_SECURITY_CHECKS", checks)],
    },
  ]),
});
claims("Unscanned images", "Trivy checks", [
  [
    "it does",
    trivy("vuln,config,secret"),
    "proved",
    "SCANNER_TRIVY_VULN_TYPE=os,library, SCANNER_TRIVY_SECURITY_CHECKS=vuln,config,secret",
  ],
  [
    "it is as the chart has it",
    trivy("vuln"),
    "failed",
    "SCANNER_TRIVY_SECURITY_CHECKS lacks config; SCANNER_TRIVY_SECURITY_CHECKS lacks secret",
  ],
  ["it is not there", {}, "failed", "StatefulSet harbor/harbor-trivy does not exist"],
]);
const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/harbor/httproutes";
const route = (status?: object, name = "traefik-gateway", namespace = "traefik") =>
  named(
    "harbor",
    { spec: { hostnames: ["harbor.example.com"], parentRefs: [{ name, namespace }] }, status },
    "harbor",
  );
const text = "HTTPRoute harbor/harbor leads harbor.example.com from traefik/traefik-gateway";
claims("Unscanned images", "Harbor is accessed at its public name", [
  [
    "it is",
    { [routes]: [route({ parents: [condition("Accepted", "True")] })] },
    "proved",
    `${text}, accepted`,
  ],
  [
    "the Gateway refuses it",
    { [routes]: [route({ parents: [condition("Accepted", "False", "no such listener")] })] },
    "failed",
    "HTTPRoute harbor/harbor is not Accepted: no such listener",
  ],
  [
    "no Gateway answers",
    { [routes]: [route()] },
    "failed",
    `${text}, but no Gateway controller has accepted it`,
  ],
  [
    "no Gateway could answer",
    { [routes]: [route()] },
    "unchecked",
    /but no Gateway controller has accepted it; check/,
    simulated,
  ],
  [
    "it hangs on another Gateway",
    { [routes]: [route(undefined, "other")] },
    "failed",
    "no HTTPRoute in harbor leads harbor.example.com from the Gateway traefik/traefik-gateway",
  ],
  [
    "it hangs on a Gateway of another namespace",
    { [routes]: [route(undefined, "traefik-gateway", "harbor")] },
    "failed",
    "no HTTPRoute in harbor leads harbor.example.com from the Gateway traefik/traefik-gateway",
  ],
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
