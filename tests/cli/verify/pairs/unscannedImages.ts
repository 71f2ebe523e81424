import { deployments } from "../addonClaims.js";
import { named, workload, type Answer, type FakeOptions } from "../fakeTarget.js";
import { pair, type Pairs } from "./pair.js";

const parts = ["core", "registry", "nginx", "portal", "jobservice"];
const stateful = ["database", "redis", "trivy"];
const containers = [{ name: "registry" }, { name: "registryctl" }];
const env = (name: string, value: string) => ({ name, value });
/** Harbor, with so many of Redis' pods ready. */
export const wholeHarbor = (redis = 1): Record<string, Answer> => ({
  ...Object.fromEntries(
    parts.map((part) => [
      `${deployments("harbor")}/harbor-${part}`,
      workload(`harbor-${part}`, 1, 1, containers),
    ]),
  ),
  ...Object.fromEntries(
    stateful.map((part) => [
      `/apis/apps/v1/namespaces/harbor/statefulsets/harbor-${part}`,
      workload(`harbor-${part}`, part === "redis" ? redis : 1),
    ]),
  ),
});

export const trivy = (checks: string, ready = 1): Record<string, Answer> => ({
  "/apis/apps/v1/namespaces/harbor/statefulsets/harbor-trivy": workload("harbor-trivy", ready, 1, [
    {
      name: "trivy",
      env: [env("SCANNER_TRIVY_VULN_TYPE", "os,library"), env("SCANNER_TRIVY_SECURITY_CHECKS", checks)],
    },
  ]),
});

export const routes = "/apis/gateway.networking.k8s.io/v1/namespaces/harbor/httproutes";
export const gateway = { name: "traefik-gateway", namespace: "traefik" };
export const route = (status?: object, parent: object = gateway, backend = "harbor") => ({
  [routes]: [
    named(
      "harbor",
      {
        spec: {
          hostnames: ["harbor.example.com"],
          parentRefs: [parent],
          rules: [{ backendRefs: [{ name: backend, port: 443 }] }],
        },
        status,
      },
      "harbor",
    ),
  ],
});
export const accepted = (parentRef: object = gateway, status = "True") => ({
  parents: [
    {
      parentRef,
      conditions: [
        { type: "Accepted", status, message: "no such listener" },
        { type: "ResolvedRefs", status: "True" },
      ],
    },
  ],
});
export const served = (status: number, distrust?: string): FakeOptions => ({
  web: () => Promise.resolve({ status, body: "Pong", distrust, chain: [] }),
});

export const unscannedImages: Pairs = {
  "Harbor runs in the harbor namespace": pair((ready) => ({ answers: wholeHarbor(ready) }), 1, 0),
  "Harbor is accessed at its public name": pair(
    (status) => ({ answers: route(accepted()), options: served(status) }),
    200,
    503,
  ),
};
