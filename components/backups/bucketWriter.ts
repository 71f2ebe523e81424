import * as pulumi from "@pulumi/pulumi";
import { CustomerSecretKey } from "@pulumi/oci/identity/customerSecretKey.js";
import { Group } from "@pulumi/oci/identity/group.js";
import { Policy } from "@pulumi/oci/identity/policy.js";
import { User } from "@pulumi/oci/identity/user.js";
import { UserCapabilitiesManagement } from "@pulumi/oci/identity/userCapabilitiesManagement.js";
import { UserGroupMembership } from "@pulumi/oci/identity/userGroupMembership.js";
import { statementLocation, writerStatements } from "./policyStatements.js";

export interface BucketWriterArgs {
  /** OCID of the tenancy, where users, groups and policies live. */
  tenancyId: string;
  /** OCID of the bucket's compartment. */
  compartmentId: string;
  /** Name of the bucket. */
  bucket: string;
  /** Who writes, such as velero; user, group and policy are called `<bucket>-<writer>`. */
  writer: string;
  /** What it does there, for readers of the list of users. */
  description: string;
  /** Prefixes whose objects it may read, write and delete. Default: none, it may only list the bucket. */
  prefixes?: readonly string[];
  /**
   * Mailbox of the operator; the user gets it with `+<writer>` added, since every user needs an address of its own.
   * Default: none, for tenancies without identity domains.
   */
  email?: string;
}

/**
 * One IAM user for one writer, with nothing but a customer secret key and access limited to one bucket and, as far as
 * Oracle's policy language allows, to its prefixes (see `writerStatements`).
 *
 * Users, groups and policies can only be made in the tenancy's home region: the provider must be in that region.
 */
export class BucketWriter extends pulumi.ComponentResource {
  /** Access key id for the S3-compatible API. */
  readonly accessKey: pulumi.Output<string>;
  /** Secret access key. Secret. */
  readonly secretKey: pulumi.Output<string>;

  constructor(name: string, args: BucketWriterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:backups:BucketWriter", name, {}, opts);

    const identity = {
      compartmentId: args.tenancyId,
      name: `${args.bucket}-${args.writer}`,
      description: args.description,
    };
    const user = new User(
      `${name}-user`,
      { ...identity, ...(args.email ? { email: writerEmail(args.email, args.writer) } : {}) },
      { parent: this },
    );
    const group = new Group(`${name}-group`, identity, { parent: this });
    const membership = new UserGroupMembership(
      `${name}-membership`,
      { userId: user.id, groupId: group.id },
      { parent: this },
    );
    const capabilities = new UserCapabilitiesManagement(
      `${name}-capabilities`,
      {
        userId: user.id,
        canUseApiKeys: false,
        canUseAuthTokens: false,
        canUseConsolePassword: false,
        canUseCustomerSecretKeys: true,
        canUseSmtpCredentials: false,
      },
      { parent: this },
    );
    const policy = new Policy(
      `${name}-policy`,
      {
        ...identity,
        statements: group.name.apply((groupName) =>
          writerStatements({
            group: groupName,
            bucket: args.bucket,
            place: statementLocation(args.tenancyId, args.compartmentId),
            prefixes: args.prefixes ?? [],
          }),
        ),
      },
      { parent: this },
    );
    const key = new CustomerSecretKey(
      `${name}-key`,
      { userId: user.id, displayName: identity.name },
      {
        parent: this,
        // Oracle shows the key once, at creation, and the provider does not know that it is secret.
        additionalSecretOutputs: ["key"],
        // What waits for the key may use it: the user is limited by then.
        dependsOn: [membership, capabilities, policy],
      },
    );

    this.accessKey = key.id;
    this.secretKey = pulumi.secret(key.key);
    this.registerOutputs({ accessKey: this.accessKey, secretKey: this.secretKey });
  }
}

/** `ops@example.com` and `velero` give `ops+velero@example.com`: an address must be unique in the tenancy. */
export function writerEmail(email: string, writer: string): string {
  return email.replace(/@(?=[^@]*$)/, `+${writer}@`);
}
