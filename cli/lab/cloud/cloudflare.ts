import { cloudflareId, newTokenValue, permissionGroups } from "../../plan/providers/cloudflare.js";
import { CloudflareRecords } from "./cloudflareRecords.js";
import { CloudflareTokens } from "./cloudflareTokens.js";
import { Refusal, serveCloudflare, type ApiRoute, type ServedApi, type ServeOptions } from "./server.js";

export interface CloudflareOptions extends Pick<ServeOptions, "log"> {
  /** Names of the zones that exist, such as kubefurlan.com. */
  zones: readonly string[];
}

export interface CloudflareServer extends ServedApi {
  /** The credential that callers have to show. Secret, though it opens nothing but this server. */
  apiToken: string;
  /** What was made in it and exists now, one line each. It is gone when the server stops. */
  holds(): string[];
}

/** Cloudflare's API as far as `DnsApiToken` uses it: zones and permission groups to look up, tokens to make. */
export async function startCloudflare({ zones: names, log }: CloudflareOptions): Promise<CloudflareServer> {
  const apiToken = newTokenValue();
  const zones = names.map(zone);
  const tokens = new CloudflareTokens(zones.map(({ id }) => id));
  const routes = [...zoneRoutes(zones), permissionGroupRoute, ...tokens.routes];
  return { ...(await serveCloudflare(routes, { apiToken, log })), apiToken, holds: () => tokens.holds() };
}

export interface ZonesOptions extends CloudflareOptions {
  /** The credentials that callers may show; more may come. */
  tokens: ReadonlySet<string>;
  /** Makes DNS answer for a name with these texts and no others. */
  publish: (name: string, texts: string[]) => Promise<void>;
}

/** Cloudflare's API as far as cert-manager uses it with the token that `DnsApiToken` makes: zones, and their TXT records. */
export function serveZones({ zones: names, tokens, publish, log }: ZonesOptions): Promise<ServedApi> {
  const zones = names.map(zone);
  const routes = [...zoneRoutes(zones), ...new CloudflareRecords(zones, publish).routes];
  return serveCloudflare(routes, { apiToken: tokens, log });
}

/**
 * Environment that makes the official plugin talk to the server. The variables are read by the plugin itself, so they
 * work for default and explicit providers alike, and a port that changes between two runs is no change of a resource.
 */
export function cloudflareEnvironment({ url, apiToken }: CloudflareServer): Record<string, string> {
  return { CLOUDFLARE_BASE_URL: `${url}/client/v4`, CLOUDFLARE_API_TOKEN: apiToken };
}

function zoneRoutes(zones: readonly ReturnType<typeof zone>[]): ApiRoute[] {
  return [
    {
      call: "GET /client/v4/zones",
      query: ["name"],
      handle: ({ query }) => zones.filter(({ name }) => name === (query.get("name") ?? name)),
    },
    {
      call: "GET /client/v4/zones/:id",
      handle({ params }) {
        const found = zones.find(({ id }) => id === params["id"]);
        if (!found) throw new Refusal(404, 1001, `there is no zone ${params["id"]}`);
        return found;
      },
    },
  ];
}

const permissionGroupRoute: ApiRoute = {
  call: "GET /client/v4/user/tokens/permission_groups",
  query: ["name", "scope"],
  handle({ query }) {
    const [name, scope] = [query.get("name"), query.get("scope")];
    return permissionGroups.filter(
      (group) => (name === null || group.name === name) && (scope === null || group.scopes.includes(scope)),
    );
  },
};

/** A zone with what the plugin reads of it. */
function zone(name: string) {
  const created = "2020-01-01T00:00:00Z";
  return {
    id: cloudflareId(name),
    name,
    status: "active",
    type: "full",
    paused: false,
    development_mode: 0,
    name_servers: ["ns1.example.com", "ns2.example.com"],
    original_name_servers: [],
    permissions: ["#zone:read", "#dns_records:edit"],
    account: { id: cloudflareId("account"), name: "lab" },
    owner: { id: null, type: "user", email: null },
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    created_on: created,
    modified_on: created,
    activated_on: created,
  };
}
