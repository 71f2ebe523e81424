import * as pulumi from "@pulumi/pulumi";
import {
  certificate,
  type CertificateSpec,
  clusterIssuerRef,
  defaultTimeoutSeconds,
  awaitReadyMetadata,
} from "./customResources.js";
import { type AcmeEnvironment, acmeIssuerNames, selfSignedIssuerName } from "./issuers.js";

/** A certificate to keep issued. */
export interface CertificateArgs {
  /** Name of the Certificate. */
  name: string;
  /** Its namespace, which exists already. */
  namespace: string;
  /** Secret the key pair is written to. */
  secretName: string;
  /** ClusterIssuer; letsencrypt-prod stands for the issuer of the environment in use. */
  issuer: "letsencrypt-prod" | "selfsigned-issuer" | "internal-ca";
  /** Names it is for, wildcards allowed. */
  dnsNames: string[];
}

export interface CertificatesArgs {
  /** The certificates. */
  certificates: CertificateArgs[];
  /** Environment of Let's Encrypt; staging moves letsencrypt-prod to letsencrypt-staging. Default: production. */
  acmeEnvironment?: AcmeEnvironment;
  /** Seconds until each certificate must be issued, else `up` fails; 0 does not wait. Default: 600. */
  timeoutSeconds?: number;
}

/** Certificates that cert-manager issues and renews. */
export class Certificates extends pulumi.ComponentResource {
  /** Secret of each certificate by `namespace/name`, known once all of them are issued. */
  readonly secretNames: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:certificates:Certificates", name, {}, opts);
    const waiting = awaitReadyMetadata(args.timeoutSeconds ?? defaultTimeoutSeconds);
    const secretNames = args.certificates.map((wanted) => {
      const issued = certificate(
        `${name}-${wanted.namespace}-${wanted.name}`,
        { name: wanted.name, namespace: wanted.namespace, ...waiting },
        certificateSpec(wanted, args.acmeEnvironment),
        { parent: this },
      );
      return [`${wanted.namespace}/${wanted.name}`, issued.metadata.apply(() => wanted.secretName)] as const;
    });
    this.secretNames = pulumi.output(Object.fromEntries(secretNames));
    this.registerOutputs({ secretNames: this.secretNames });
  }
}

/** The ClusterIssuer a certificate comes from in an environment of Let's Encrypt. */
export function issuerInUse(
  issuer: CertificateArgs["issuer"],
  environment: AcmeEnvironment = "production",
): string {
  return issuer === acmeIssuerNames.production ? acmeIssuerNames[environment] : issuer;
}

export function certificateSpec(wanted: CertificateArgs, environment?: AcmeEnvironment): CertificateSpec {
  return {
    secretName: wanted.secretName,
    dnsNames: wanted.dnsNames,
    issuerRef: clusterIssuerRef(issuerInUse(wanted.issuer, environment)),
    // The subject of a self-signed certificate is also its issuer, which must not be empty (RFC 5280, 4.1.2.4).
    ...(wanted.issuer === selfSignedIssuerName ? { commonName: wanted.name } : {}),
    // P-256 is what Let's Encrypt signs, Traefik serves and Harbor's nginx has ciphers for; a fresh key each renewal.
    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    // An ECDSA key signs only; clients of Apple refuse a server certificate without "server auth".
    usages: ["digital signature", "server auth"],
    revisionHistoryLimit: 1,
  };
}
