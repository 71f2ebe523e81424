import type * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import type { ICertificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import type { ICertificateRequest } from "@kubernetes-models/cert-manager/cert-manager.io/v1/CertificateRequest";
import type { IClusterIssuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/ClusterIssuer";

/** `T`, any part of which may be an output that is not known yet. */
export type DeepInput<T> = pulumi.Input<T extends object ? { [K in keyof T]: DeepInput<T[K]> } : T>;

/** Restricts the names a CA may sign; newer than the published model of a Certificate. */
interface NameConstraints {
  nameConstraints?: { critical?: boolean; permitted?: { dnsDomains?: string[] } };
}
export type CertificateSpec = ICertificate["spec"] & NameConstraints;
export type CertificateRequestSpec = ICertificateRequest["spec"];
export type CertificateRequestStatus = ICertificateRequest["status"];
export type ClusterIssuerSpec = NonNullable<IClusterIssuer["spec"]>;

interface Metadata {
  name: string;
  namespace?: pulumi.Input<string>;
  annotations?: Record<string, string>;
}

const apiVersion = "cert-manager.io/v1";

/** Seconds in which an issuer or a certificate becomes ready, propagation of a DNS-01 record included. */
export const defaultTimeoutSeconds = 600;

/**
 * Metadata that makes `pulumi up` wait until cert-manager reports the object ready, and fail once the time is over.
 * The Kubernetes provider waits for no custom resource of its own accord
 * (https://www.pulumi.com/blog/improved-kubernetes-await-logic/). Zero seconds: no annotation, no waiting.
 */
export function awaitReadyMetadata(timeoutSeconds: number): Pick<Metadata, "annotations"> {
  if (timeoutSeconds === 0) return {};
  return {
    annotations: {
      "pulumi.com/waitFor": "condition=Ready",
      "pulumi.com/timeoutSeconds": String(timeoutSeconds),
    },
  };
}

/** Reference to a ClusterIssuer. */
export function clusterIssuerRef<Name extends pulumi.Input<string>>(name: Name) {
  return { group: "cert-manager.io", kind: "ClusterIssuer", name };
}

export function certificate(
  name: string,
  metadata: Metadata,
  spec: DeepInput<CertificateSpec>,
  opts: pulumi.CustomResourceOptions,
): CustomResource {
  return new CustomResource(name, { apiVersion, kind: "Certificate", metadata, spec }, opts);
}

export function clusterIssuer(
  name: string,
  metadata: Metadata,
  spec: DeepInput<ClusterIssuerSpec>,
  opts: pulumi.CustomResourceOptions,
): CustomResource {
  return new CustomResource(name, { apiVersion, kind: "ClusterIssuer", metadata, spec }, opts);
}

/** One request to sign, answered once: its whole spec is immutable (cert-manager's webhook refuses a change). */
export class CertificateRequest extends CustomResource {
  /** What cert-manager answered; unknown in previews, undefined where nothing answers. */
  declare readonly status: pulumi.Output<CertificateRequestStatus>;

  constructor(
    name: string,
    metadata: Metadata,
    spec: DeepInput<CertificateRequestSpec>,
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      name,
      // A key without a value is not sent, and makes `status` of the live object an output of the resource.
      { apiVersion, kind: "CertificateRequest", metadata, spec, status: undefined },
      // A second request of the same name cannot exist next to the first.
      { ...opts, replaceOnChanges: ["spec"], deleteBeforeReplace: true },
    );
  }
}
