import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import type { IHTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import { harborService, type TlsAt } from "./harborValues.js";

/** A Gateway that exists already. */
export interface HarborGateway {
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** Name of its listener for HTTPS. Default: the one on httpsPort, whatever its name. */
  listener?: string;
  /** Port of its listener for HTTPS. Default: 443. */
  httpsPort?: number;
  /** Port of its listener for HTTP, which redirects to HTTPS. Default: 80. */
  httpPort?: number;
  /** Whether it redirects; not where TLS ends in front of the Gateway, as in a tunnel that forwards to HTTP. Default: true. */
  redirectHttp?: boolean;
}

export interface HarborRouteArgs {
  /** Namespace of Harbor. */
  namespace: pulumi.Input<string>;
  /** Public name, such as harbor.example.com. */
  hostname: string;
  /** Gateway that serves the name. */
  gateway: HarborGateway;
  /** Where TLS ends: in Harbor's nginx, re-encrypted by the Gateway, or at the Gateway. Default: nginx. */
  tlsAt?: TlsAt;
  /**
   * Certificate authorities, in PEM form, that the Gateway trusts nginx's certificate by. Default: those of the
   * Gateway's system. They include Let's Encrypt and exclude its staging environment and any authority of our own.
   */
  backendCa?: pulumi.Input<string>;
}

/** The API package for TypeScript has no BackendTLSPolicy v1 yet: the part of its spec that is used here. */
export interface BackendTlsPolicySpec {
  targetRefs: { group: string; kind: string; name: string; sectionName: string }[];
  validation: { hostname: string } & (
    | { wellKnownCACertificates: "System" }
    | { caCertificateRefs: { group: string; kind: string; name: string }[] }
  );
}

const backendCaName = "harbor-backend-ca";

/**
 * Harbor's public name at the Gateway. Where nginx ends TLS the Gateway connects to it by TLS as well and checks that
 * the certificate is for that name (https://gateway-api.sigs.k8s.io/api-types/backendtlspolicy/).
 *
 * The name leads to Harbor at the listener for HTTPS alone; the one for HTTP redirects. A Gateway that has none for HTTP does
 * not accept that second route, and serves the first one all the same.
 *
 * Traefik 3.6 writes the policy's status over and over where its Gateway has several listeners, also those that no route names:
 * it loads each route for all of them
 * (https://github.com/traefik/traefik/blob/v3.6.7/pkg/provider/kubernetes/gateway/httproute.go). The audit log leaves that out.
 */
export class HarborRoute extends pulumi.ComponentResource {
  constructor(name: string, args: HarborRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:registry:HarborRoute", name, {}, opts);
    const { namespace, hostname } = args;
    const tlsAt = args.tlsAt ?? "nginx";
    const before: pulumi.Resource[] = [];
    if (tlsAt === "nginx") {
      if (args.backendCa !== undefined) {
        before.push(
          new ConfigMap(
            `${name}-backend-ca`,
            { metadata: { name: backendCaName, namespace }, data: { "ca.crt": args.backendCa } },
            { parent: this },
          ),
        );
      }
      before.push(
        new CustomResource(
          `${name}-backend-tls`,
          {
            apiVersion: "gateway.networking.k8s.io/v1",
            kind: "BackendTLSPolicy",
            metadata: { name: "harbor", namespace },
            spec: backendTlsPolicySpec(hostname, args.backendCa !== undefined),
          },
          { parent: this, dependsOn: [...before] },
        ),
      );
    }
    new CustomResource(
      `${name}-http`,
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: { name: "harbor", namespace },
        spec: httpRouteSpec(hostname, args.gateway, tlsAt),
      },
      { parent: this, dependsOn: before },
    );
    if (args.gateway.redirectHttp ?? true) {
      new CustomResource(
        `${name}-redirect`,
        {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "HTTPRoute",
          metadata: { name: "harbor-redirect", namespace },
          spec: redirectSpec(hostname, args.gateway),
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

/** Sends everything for the name to nginx. */
function httpRouteSpec(hostname: string, gateway: HarborGateway, tlsAt: TlsAt): IHTTPRoute["spec"] {
  const { port } = tlsAt === "nginx" ? harborService.https : harborService.http;
  const listener = gateway.listener ? { sectionName: gateway.listener } : { port: gateway.httpsPort ?? 443 };
  return {
    parentRefs: [{ namespace: gateway.namespace, name: gateway.name, ...listener }],
    hostnames: [hostname],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        backendRefs: [{ name: harborService.name, port }],
      },
    ],
  };
}

/** Redirects requests over HTTP to the same address over HTTPS (https://gateway-api.sigs.k8s.io/guides/http-redirect-rewrite/). */
function redirectSpec(
  hostname: string,
  { namespace, name, httpPort = 80 }: HarborGateway,
): IHTTPRoute["spec"] {
  return {
    parentRefs: [{ namespace, name, port: httpPort }],
    hostnames: [hostname],
    rules: [
      {
        matches: [{ path: { type: "PathPrefix", value: "/" } }],
        filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
      },
    ],
  };
}

/** Makes the Gateway check nginx's certificate, by our own authorities or by those of its system. */
function backendTlsPolicySpec(hostname: string, ownAuthorities: boolean): BackendTlsPolicySpec {
  return {
    targetRefs: [
      { group: "", kind: "Service", name: harborService.name, sectionName: harborService.https.name },
    ],
    validation: ownAuthorities
      ? { hostname, caCertificateRefs: [{ group: "", kind: "ConfigMap", name: backendCaName }] }
      : { hostname, wellKnownCACertificates: "System" },
  };
}
