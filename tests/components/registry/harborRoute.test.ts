import assert from "node:assert/strict";
import { HarborRoute, type HarborRouteArgs } from "../../../components/registry/harborRoute.js";
import { harborValues } from "../../../components/registry/harborValues.js";
import { assertFitsCrd } from "../../kit/crdSchema.js";
import { capture, type Captured } from "../../kit/capture.js";

const routeType = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute";
const policyType = "kubernetes:gateway.networking.k8s.io/v1:BackendTLSPolicy";
const configMapType = "kubernetes:core/v1:ConfigMap";
const gateway = { namespace: "traefik", name: "traefik-gateway" };

const route = (args: Partial<HarborRouteArgs> = {}, preview = false) =>
  capture(
    () =>
      new HarborRoute("harbor-route", {
        namespace: "harbor",
        hostname: "harbor.example.com",
        gateway,
        ...args,
      }),
    { preview },
  );

describe("HarborRoute", () => {
  it("sends the name to nginx's TLS port, and checks its certificate by the system's authorities", async () => {
    const run = await route();
    const http = run.one(routeType, "harbor-route-http");
    assert.equal(http.name, "harbor-route-http");
    assert.equal(http.parent, "harbor-route");
    assert.deepEqual(http.dependencies, ["harbor-route-backend-tls"]);
    assert.deepEqual(http.inputs["metadata"], { name: "harbor", namespace: "harbor" });
    assert.deepEqual(http.inputs["spec"], {
      parentRefs: [{ namespace: "traefik", name: "traefik-gateway", port: 443 }],
      hostnames: ["harbor.example.com"],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ name: "harbor", port: 443 }],
        },
      ],
    });
    const policy = run.one(policyType);
    assert.equal(policy.name, "harbor-route-backend-tls");
    assert.equal(policy.parent, "harbor-route");
    assert.deepEqual(policy.inputs["metadata"], { name: "harbor", namespace: "harbor" });
    assert.deepEqual(policy.inputs["spec"], {
      targetRefs: [{ group: "", kind: "Service", name: "harbor", sectionName: "https" }],
      validation: { hostname: "harbor.example.com", wellKnownCACertificates: "System" },
    });
    assert.deepEqual(run.ofType(configMapType), []);
    assert.deepEqual(run.one("cluster-security:registry:HarborRoute").outputs, {});
  });

  it("checks the certificate by authorities that are given", async () => {
    const run = await route({ backendCa: "PEM" });
    const authorities = run.one(configMapType, "harbor-route-backend-ca");
    assert.deepEqual(authorities.inputs["metadata"], { name: "harbor-backend-ca", namespace: "harbor" });
    assert.deepEqual(authorities.inputs["data"], { "ca.crt": "PEM" });
    const policy = run.one(policyType);
    assert.deepEqual(policy.inputs["spec"].validation, {
      hostname: "harbor.example.com",
      caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "harbor-backend-ca" }],
    });
    assert.deepEqual(policy.dependencies, ["harbor-route-backend-ca"]);
  });

  it("sends it to the plain port where the Gateway ends TLS, with nothing to check", async () => {
    const run = await route({ tlsAt: "gateway", backendCa: "PEM" });
    assert.deepEqual(run.shape(), [
      "cluster-security:registry:HarborRoute harbor-route",
      `${routeType} harbor-route-http`,
      `${routeType} harbor-route-redirect`,
    ]);
    assert.deepEqual(run.one(routeType, "harbor-route-http").inputs["spec"].rules[0].backendRefs, [
      { name: "harbor", port: 80 },
    ]);
  });

  it("attaches to the listener that is named, or to the port that is given, for HTTPS and for HTTP", async () => {
    const parents = async (more: object) => {
      const run = await route({ gateway: { ...gateway, ...more } });
      return ["http", "redirect"].map(
        (name) => run.one(routeType, `harbor-route-${name}`).inputs["spec"].parentRefs,
      );
    };
    assert.deepEqual(await parents({ listener: "websecure" }), [
      [{ ...gateway, sectionName: "websecure" }],
      [{ ...gateway, port: 80 }],
    ]);
    assert.deepEqual(await parents({ httpsPort: 8443, httpPort: 8000 }), [
      [{ ...gateway, port: 8443 }],
      [{ ...gateway, port: 8000 }],
    ]);
  });

  it("redirects nothing where TLS ends in front of the Gateway", async () => {
    const run = await route({ gateway: { ...gateway, listener: "web", redirectHttp: false } });
    assert.deepEqual(run.one(routeType).inputs["spec"].parentRefs, [{ ...gateway, sectionName: "web" }]);
  });

  it("redirects the name from HTTP to HTTPS, and leads nowhere from there", async () => {
    const redirect = (await route()).one(routeType, "harbor-route-redirect");
    assert.equal(redirect.parent, "harbor-route");
    assert.deepEqual(redirect.inputs["metadata"], { name: "harbor-redirect", namespace: "harbor" });
    assert.deepEqual(redirect.inputs["spec"], {
      parentRefs: [{ ...gateway, port: 80 }],
      hostnames: ["harbor.example.com"],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
        },
      ],
    });
  });

  it("meets the Service where the chart's values put it", async () => {
    for (const tlsAt of ["nginx", "gateway"] as const) {
      const { expose } = harborValues({ hostname: "harbor.example.com", tlsAt }) as any;
      const [backend] = (await route({ tlsAt })).one(routeType, "harbor-route-http").inputs["spec"].rules[0]
        .backendRefs;
      const { httpPort, httpsPort } = expose.clusterIP.ports;
      assert.equal(backend.name, expose.clusterIP.name);
      assert.equal(backend.port, expose.tls.enabled ? httpsPort : httpPort);
    }
  });

  it("is valid by the schemas of the Gateway API", async function () {
    const check = ({ inputs }: Captured) =>
      assertFitsCrd(this, "gateway-api-v1.6.1", inputs["kind"] as string, inputs["spec"]);
    for (const args of [{}, { backendCa: "PEM" }, { tlsAt: "gateway" as const }]) {
      const run = await route(args);
      run.ofType(routeType).concat(run.ofType(policyType)).forEach(check);
    }
  });

  it("registers the same resources with known and unknown values", async () => {
    for (const args of [{}, { backendCa: "PEM" }, { tlsAt: "gateway" as const }]) {
      assert.deepEqual((await route(args, true)).shape(), (await route(args)).shape());
    }
  });
});
