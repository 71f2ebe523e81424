import * as pulumi from "@pulumi/pulumi";
import {
  clusterIssuer,
  type ClusterIssuerSpec,
  type DeepInput,
  defaultTimeoutSeconds,
  awaitReadyMetadata,
} from "./customResources.js";
import { dnsApiTokenSecret } from "./dnsApiToken.js";
import { InternalCa } from "./internalCa.js";

/** Environment of Let's Encrypt: staging has generous limits and is trusted by nobody. */
export type AcmeEnvironment = "production" | "staging";

export interface IssuersArgs {
  /** DNS zone that Let's Encrypt certificates are for: its apex, every name below it and wildcards. */
  zone: string;
  /** Address Let's Encrypt writes to. */
  email: string;
  /** With staging there is a letsencrypt-staging next to letsencrypt-prod. Default: production. */
  acmeEnvironment?: AcmeEnvironment;
  /** cert-manager's namespace, where ClusterIssuers keep and find their Secrets. */
  namespace: pulumi.Input<string>;
  /** Secret there with the Cloudflare token, known once it exists. */
  tokenSecretName: pulumi.Input<string>;
  /** Domains the internal CA may sign names of. Default: the zone, svc and cluster.local. */
  internalDomains?: string[];
  /** Seconds until each issuer must be ready, else `up` fails; 0 does not wait. Default: 600. */
  timeoutSeconds?: number;
  /**
   * Follow answers a challenge in the zone that a CNAME at _acme-challenge leads to. Default: none is followed
   * (https://cert-manager.io/docs/configuration/acme/dns01/#delegated-domains-for-dns01).
   */
  cnameStrategy?: "Follow";
}

/** Directories of Let's Encrypt (https://letsencrypt.org/docs/acme-protocol-updates/). */
const acmeServers: Record<AcmeEnvironment, string> = {
  production: "https://acme-v02.api.letsencrypt.org/directory",
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
};

/** Hosts that the issuers of an environment ask for certificates. */
export function acmeHosts(environment: AcmeEnvironment): string[] {
  return acmeEnvironments(environment).map((name) => new URL(acmeServers[name]).hostname);
}

/** Name of the ClusterIssuer of each environment. */
export const acmeIssuerNames = {
  production: "letsencrypt-prod",
  staging: "letsencrypt-staging",
} as const satisfies Record<AcmeEnvironment, string>;

export const selfSignedIssuerName = "selfsigned-issuer";

/**
 * The ClusterIssuers: Let's Encrypt for public names, self-signed certificates, and a CA for internal names that has its
 * own certificate from the self-signed issuer.
 */
export class Issuers extends pulumi.ComponentResource {
  /** Certificate of the internal CA (ca.crt) in PEM form; see InternalCa. */
  readonly internalCa: pulumi.Output<string>;

  constructor(name: string, args: IssuersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:certificates:Issuers", name, {}, opts);
    const timeoutSeconds = args.timeoutSeconds ?? defaultTimeoutSeconds;
    const waiting = awaitReadyMetadata(timeoutSeconds);

    // Production stays while staging is tried out: its account, and with it the limits already used, are kept.
    for (const environment of acmeEnvironments(args.acmeEnvironment)) {
      const issuer = acmeIssuerNames[environment];
      clusterIssuer(
        `${name}-${issuer}`,
        { name: issuer, ...waiting },
        acmeIssuerSpec({ ...args, environment }),
        { parent: this },
      );
    }
    const selfSigned = clusterIssuer(
      `${name}-${selfSignedIssuerName}`,
      { name: selfSignedIssuerName, ...waiting },
      { selfSigned: {} },
      { parent: this },
    );
    this.internalCa = new InternalCa(
      `${name}-internal-ca`,
      {
        namespace: args.namespace,
        issuer: selfSigned.metadata.name,
        organization: args.zone,
        domains: args.internalDomains ?? [args.zone, "svc", "cluster.local"],
        timeoutSeconds,
      },
      { parent: this },
    ).certificate;
    this.registerOutputs({ internalCa: this.internalCa });
  }
}

/** Secret with the key of the account at Let's Encrypt. */
export function accountKeySecret(environment: AcmeEnvironment): string {
  return `${acmeIssuerNames[environment]}-account-key`;
}

/** Environments that have an issuer. */
export function acmeEnvironments(environment: AcmeEnvironment = "production"): AcmeEnvironment[] {
  return environment === "staging" ? ["production", "staging"] : ["production"];
}

/** An ACME issuer that proves ownership by DNS-01: port 80 of the cluster is not reachable from outside. */
export function acmeIssuerSpec(
  args: Pick<IssuersArgs, "zone" | "email" | "tokenSecretName" | "cnameStrategy"> & {
    environment: AcmeEnvironment;
  },
): DeepInput<ClusterIssuerSpec> {
  return {
    acme: {
      server: acmeServers[args.environment],
      email: args.email,
      privateKeySecretRef: { name: accountKeySecret(args.environment) },
      solvers: [
        {
          // Matches the zone, its subdomains and their wildcards; any other name finds no solver and fails at once.
          selector: { dnsZones: [args.zone] },
          dns01: {
            ...(args.cnameStrategy && { cnameStrategy: args.cnameStrategy }),
            cloudflare: { apiTokenSecretRef: { name: args.tokenSecretName, key: dnsApiTokenSecret.key } },
          },
        },
      ],
    },
  };
}
