import * as pulumi from "@pulumi/pulumi";
import { ApiToken } from "@pulumi/cloudflare/apiToken.js";
import { getApiTokenPermissionGroupsListOutput } from "@pulumi/cloudflare/getApiTokenPermissionGroupsList.js";
import { getZoneOutput } from "@pulumi/cloudflare/getZone.js";
import { stateSecret } from "../common/stateSecret.js";

export interface DnsApiTokenArgs {
  /** DNS zone at Cloudflare; the token is good for this one alone. */
  zone: string;
  /** When the token expires, in UTC, such as 2027-12-31T00:00:00Z. */
  expiresOn: string;
  /** Raise by one to replace the token by a new one. */
  serial: number;
  /** Networks the token may be used from. Default: any. */
  allowedCidrs?: string[];
  /** Namespace of the Secret: where cert-manager runs, because ClusterIssuers read theirs there. */
  secretNamespace: pulumi.Input<string>;
  /** Name of the cluster, shown in Cloudflare's list of tokens. Default: none. */
  cluster?: string;
}

/** Name and key of the Secret that holds the token. */
export const dnsApiTokenSecret = { name: "cloudflare-api-token", key: "api-token" } as const;

const zoneScope = "com.cloudflare.api.account.zone";

/** What a DNS-01 challenge needs (https://cert-manager.io/docs/configuration/acme/dns01/cloudflare/). */
const permissions = ["DNS Write", "Zone Read"] as const;

/**
 * The Cloudflare API token cert-manager answers DNS-01 challenges with: it edits the records of one zone, until a date.
 *
 * The provider that makes it needs the permission "API Tokens Write", so its own credential can mint any token.
 */
export class DnsApiToken extends pulumi.ComponentResource {
  /** Identifier of the zone at Cloudflare. */
  readonly zoneId: pulumi.Output<string>;
  /** Identifier of the token at Cloudflare; not its value. */
  readonly tokenId: pulumi.Output<string>;
  /** Name of the Secret, known once it holds the token. */
  readonly secretName: pulumi.Output<string>;
  /** When the token expires. */
  readonly expiresOn: pulumi.Output<string>;

  constructor(name: string, args: DnsApiTokenArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:certificates:DnsApiToken", name, {}, opts);

    this.zoneId = getZoneOutput({ filter: { name: args.zone } }, { parent: this }).zoneId;
    // By scope only: Cloudflare's provider asks for the name "URL-encoded" and encodes it again; the exact name is
    // matched here instead.
    const groups = getApiTokenPermissionGroupsListOutput({ scope: zoneScope }, { parent: this }).results;

    // The serial is part of the logical name because no property of a token forces a replacement: every one of them,
    // the name included, is updated in place and keeps the value (terraform-provider-cloudflare,
    // internal/services/api_token/schema.go). A new logical name is a new token; the engine makes it first, then writes
    // the Secret, and revokes the old token last of all.
    const token = new ApiToken(
      `${name}-token-${args.serial}`,
      {
        name: tokenName(args),
        policies: pulumi
          .all([this.zoneId, groups])
          .apply(([zoneId, found]) => [tokenPolicy(zoneId, permissionGroupIds(found))]),
        condition: requestCondition(args.allowedCidrs ?? []),
        expiresOn: args.expiresOn,
      },
      { parent: this },
    );
    this.tokenId = token.id;
    this.expiresOn = pulumi.output(args.expiresOn);

    const secret = stateSecret(
      `${name}-secret`,
      {
        metadata: { name: dnsApiTokenSecret.name, namespace: args.secretNamespace },
        type: "Opaque",
        stringData: { [dnsApiTokenSecret.key]: pulumi.secret(token.value) },
      },
      { parent: this },
    );
    this.secretName = pulumi.unsecret(secret.metadata.name);

    this.registerOutputs({
      zoneId: this.zoneId,
      tokenId: this.tokenId,
      secretName: this.secretName,
      expiresOn: this.expiresOn,
    });
  }
}

/** The token's name at Cloudflare: whose it is, and which of its generations. */
export function tokenName(args: Pick<DnsApiTokenArgs, "cluster" | "zone" | "serial">): string {
  const owner = args.cluster === undefined ? args.zone : `${args.cluster}/${args.zone}`;
  return `${owner} cert-manager DNS-01 #${args.serial}`;
}

/** A permission group as Cloudflare lists it. */
export interface PermissionGroup {
  id: string;
  name: string;
  scopes: string[];
}

/** Identifiers of the permissions, sorted, so that Cloudflare's order never shows as a change. Fails unless each is listed exactly once. */
export function permissionGroupIds(groups: PermissionGroup[]): string[] {
  return permissions
    .map((name) => {
      const found = groups.filter((group) => group.name === name && group.scopes.includes(zoneScope));
      if (found.length === 1) return found[0]!.id;
      throw new pulumi.RunError(
        `expected exactly one Cloudflare permission group "${name}" of scope ${zoneScope}, found ${
          found.length === 0 ? "none" : found.map((group) => group.id).join(", ")
        } among ${groups.length}`,
      );
    })
    .sort();
}

/** The one policy of the token: these permissions on exactly that zone. */
export function tokenPolicy(zoneId: string, groupIds: string[]) {
  return {
    effect: "allow",
    permissionGroups: groupIds.map((id) => ({ id })),
    resources: JSON.stringify({ [`${zoneScope}.${zoneId}`]: "*" }),
  };
}

/** Limits where the token may be used from; undefined for anywhere. */
export function requestCondition(allowedCidrs: string[]) {
  if (allowedCidrs.length === 0) return undefined;
  return { requestIp: { ins: [...new Set(allowedCidrs)].sort() } };
}
