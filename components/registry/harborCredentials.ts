import * as pulumi from "@pulumi/pulumi";
import { RandomPassword, type RandomPasswordArgs } from "@pulumi/random/randomPassword.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { SelfSignedCert } from "@pulumi/tls/selfSignedCert.js";
import { stateSecret } from "../common/stateSecret.js";

export interface HarborCredentialsArgs {
  /** Namespace of Harbor. */
  namespace: pulumi.Input<string>;
  /** Password that the user admin begins with. Default: generated. */
  adminPassword?: pulumi.Input<string>;
  /** Exactly 16 characters; encrypts the credentials in Harbor's database and never changes. Default: generated. */
  secretKey?: pulumi.Input<string>;
  /** Password of the internal PostgreSQL; it counts when the database is made. Default: generated. */
  databasePassword?: pulumi.Input<string>;
}

const prefix = "harbor-credentials";

/**
 * Names of our Secrets, by what they are for. The chart has Secrets of its own, called harbor-core, harbor-registry and
 * so on, and Helm refuses to install over a Secret that is not the release's: hence the prefix.
 */
export const harborSecrets = {
  admin: `${prefix}-admin`,
  core: `${prefix}-core`,
  database: `${prefix}-database`,
  jobservice: `${prefix}-jobservice`,
  registry: `${prefix}-registry`,
  registryUser: `${prefix}-registry-user`,
  secretKey: `${prefix}-secret-key`,
  tokenSigning: `${prefix}-token-signing`,
  xsrf: `${prefix}-xsrf`,
} as const;

/** User with which Harbor's core signs in to its own image storage. */
export const registryUser = "harbor_registry_user";

/**
 * Every credential of Harbor, each in a Secret that the chart is told the name of. The chart would otherwise draw some
 * of them anew at every rendering and give the others values that anybody can read in its repository.
 */
export class HarborCredentials extends pulumi.ComponentResource {
  /** Password that the user admin begins with; secret. */
  readonly adminPassword: pulumi.Output<string>;

  constructor(name: string, args: HarborCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:registry:HarborCredentials", name, {}, opts);
    const generate = (
      role: string,
      length: number,
      more: Partial<RandomPasswordArgs> = {},
      protect = false,
    ) =>
      new RandomPassword(`${name}-${role}`, { length, special: false, ...more }, { parent: this, protect });
    const store = (
      role: keyof typeof harborSecrets,
      stringData: Record<string, pulumi.Input<string>>,
      type = "Opaque",
    ) =>
      stateSecret(
        `${name}${harborSecrets[role].slice(prefix.length)}-secret`,
        {
          metadata: { name: harborSecrets[role], namespace: args.namespace },
          type,
          stringData: pulumi.secret(stringData),
        },
        { parent: this },
      );

    // Harbor asks for a capital, a small letter and a digit.
    this.adminPassword = pulumi.secret(
      args.adminPassword ?? generate("admin", 32, { minUpper: 1, minLower: 1, minNumeric: 1 }).result,
    );
    store("admin", { HARBOR_ADMIN_PASSWORD: this.adminPassword });

    // The next two guard what is in the database.
    const secretKey =
      args.secretKey === undefined
        ? generate("secret-key", 16, {}, true).result
        : pulumi.secret(args.secretKey).apply(checkedSecretKey);
    store("secretKey", { secretKey });
    store("database", { password: args.databasePassword ?? generate("database", 32, {}, true).result });

    // Lengths below are those the chart states.
    store("core", { secret: generate("core", 16).result });
    store("xsrf", { CSRF_KEY: generate("xsrf", 32).result });
    store("jobservice", { JOBSERVICE_SECRET: generate("jobservice", 16).result });
    store("registry", { REGISTRY_HTTP_SECRET: generate("registry", 16).result });

    // The hash is kept in the state with its salt, so that it is the same at every run.
    const password = generate("registry-user", 32);
    store("registryUser", {
      REGISTRY_PASSWD: password.result,
      REGISTRY_HTPASSWD: pulumi.interpolate`${registryUser}:${password.bcryptHash}`,
    });

    // Signs the tokens that registry clients pull and push with. Harbor reads it in the older PEM form (PKCS #1).
    const key = new PrivateKey(
      `${name}-token-signing`,
      { algorithm: "RSA", rsaBits: 4096 },
      { parent: this },
    );
    const certificate = new SelfSignedCert(
      `${name}-token-signing-certificate`,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: "harbor-token-service" },
        allowedUses: ["digital_signature"],
        validityPeriodHours: 10 * 365 * 24,
        // Registry clients cannot sign in once it has expired: any `pulumi up` of its last year makes another one.
        earlyRenewalHours: 365 * 24,
      },
      { parent: this },
    );
    store(
      "tokenSigning",
      { "tls.crt": certificate.certPem, "tls.key": key.privateKeyPem },
      "kubernetes.io/tls",
    );

    this.registerOutputs({ adminPassword: this.adminPassword });
  }
}

/**
 * The key as it is.
 * @throws when it is not exactly 16 characters long; Harbor's core does not start with another length.
 */
export function checkedSecretKey(secretKey: string): string {
  if (secretKey.length !== 16) {
    throw new Error(`Harbor's secretKey must be exactly 16 characters long, but it has ${secretKey.length}`);
  }
  return secretKey;
}
