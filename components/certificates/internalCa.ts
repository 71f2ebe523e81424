import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { CertRequest } from "@pulumi/tls/certRequest.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import {
  certificate,
  CertificateRequest,
  type CertificateRequestStatus,
  type CertificateSpec,
  clusterIssuer,
  clusterIssuerRef,
  awaitReadyMetadata,
} from "./customResources.js";

export interface InternalCaArgs {
  /** cert-manager's namespace: a ClusterIssuer reads its key pair there. */
  namespace: pulumi.Input<string>;
  /** ClusterIssuer that signs the CA's own certificate, known once it exists. */
  issuer: pulumi.Input<string>;
  /** Organisation in the CA's subject, which tells it from the CA of another cluster. */
  organization: string;
  /** Domains the CA may sign names of, their subdomains included. */
  domains: string[];
  /** Seconds until each object must be ready, else `up` fails; 0 does not wait. */
  timeoutSeconds: number;
}

/** Name of the CA's ClusterIssuer, of its Certificate and of the Secret with its key pair. */
export const internalCaName = "internal-ca";

/** Ten years: everybody who trusts the CA has imported its certificate by hand. */
const caDuration = "87600h0m0s";
/** A year to import the successor while the old certificate still holds. */
const caRenewBefore = "8760h0m0s";

/**
 * A CA for names inside the cluster and the network, made and kept by cert-manager.
 *
 * Its private key never leaves the cluster and is not in Pulumi's state. Its certificate lies in a Secret that cert-manager
 * writes; reading that Secret would make every preview fail where the cluster cannot be reached, and would put the key
 * into the state. So the CA is asked to sign a throw-away key once, and the answer, which carries the CA's
 * certificate, is an output like any other: unknown in the first preview, in the state from then on. It is asked anew when
 * this program changes the CA; after cert-manager's own renewal, nine years on, `pulumi up --replace` of the request does it.
 */
export class InternalCa extends pulumi.ComponentResource {
  /**
   * The CA's certificate (ca.crt) in PEM form. Empty as long as cert-manager has not answered, which only an `up` that does not
   * wait (timeoutSeconds 0) comes to see; `pulumi refresh` brings the answer.
   */
  readonly certificate: pulumi.Output<string>;

  constructor(name: string, args: InternalCaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:certificates:InternalCa", name, {}, opts);
    const waiting = awaitReadyMetadata(args.timeoutSeconds);
    const spec = caCertificateSpec(args);

    const ca = certificate(
      `${name}-certificate`,
      { name: internalCaName, namespace: args.namespace, ...waiting },
      { ...spec, issuerRef: clusterIssuerRef(args.issuer) },
      { parent: this },
    );
    const issuer = clusterIssuer(
      `${name}-issuer`,
      { name: internalCaName, ...waiting },
      { ca: { secretName: internalCaName } },
      { parent: this, dependsOn: ca },
    );

    const key = new PrivateKey(
      `${name}-request-key`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this },
    );
    const csr = new CertRequest(
      `${name}-csr`,
      { privateKeyPem: key.privateKeyPem, subject: { commonName: "reads the CA certificate" } },
      { parent: this },
    );
    const request = new CertificateRequest(
      `${name}-request`,
      { name: requestName(spec), namespace: args.namespace, ...waiting },
      {
        issuerRef: clusterIssuerRef(internalCaName),
        request: csr.certRequestPem.apply((pem) => Buffer.from(pem).toString("base64")),
        duration: "1h0m0s",
        usages: ["digital signature"],
      },
      { parent: this, dependsOn: issuer },
    );
    this.certificate = request.status.apply((status) => signingCertificate(status) ?? "");
    this.registerOutputs({ certificate: this.certificate });
  }
}

/** Specification of the CA's own certificate, except for its issuer. */
function caCertificateSpec(
  args: Pick<InternalCaArgs, "organization" | "domains">,
): Omit<CertificateSpec, "issuerRef"> {
  return {
    isCA: true,
    commonName: internalCaName,
    subject: { organizations: [args.organization] },
    secretName: internalCaName,
    duration: caDuration,
    renewBefore: caRenewBefore,
    // A renewed certificate keeps its key: what the CA has signed stays valid under the old and the new one.
    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
    revisionHistoryLimit: 1,
    usages: ["cert sign", "crl sign"],
    // Who trusts this CA trusts it for these domains only; a stolen key forges no other site.
    nameConstraints: { critical: true, permitted: { dnsDomains: args.domains } },
  };
}

/** Names the CA it asks: another CA certificate needs another request, and the answer to a request never changes. */
function requestName(spec: object): string {
  return `ca-certificate-of-${internalCaName}-${createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 8)}`;
}

/** The signer's certificate in an answered request. */
function signingCertificate(status: CertificateRequestStatus): string | undefined {
  return status?.ca === undefined ? undefined : Buffer.from(status.ca, "base64").toString("utf8");
}
