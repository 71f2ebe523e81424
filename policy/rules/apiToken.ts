import { elements, isRecord, notYetKnown, shown, propertyAt } from "../resource.js";

/** A zone in the resources of a token; an asterisk in place of its identifier would be every zone. */
const oneZone = /^com\.cloudflare\.api\.account\.zone\.[\w-]+$/;

const allowed = '{"com.cloudflare.api.account.zone.<id of the zone>": "*"}';

/**
 * Violations of a Cloudflare API token (cloudflare:index/apiToken:ApiToken and accountToken:AccountToken): it has to
 * expire, and to be good for exactly one zone (https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/).
 */
export function checkToken(inputs: Record<string, unknown>): string[] {
  const policies = elements(inputs["policies"]);
  const zones = new Set(policies.map(zonesOf).flatMap((named) => (isOneZone(named) ? named : [])));
  return [
    ...(inputs["expiresOn"] ? [] : ["expiresOn is not set, so the token never expires. Set a date."]),
    ...(policies.length === 0 && inputs["policies"] !== notYetKnown
      ? [`policies is empty; allowed is one policy whose resources are ${allowed}. Write it.`]
      : []),
    ...policies.flatMap((policy, index) => checkPolicy(policy, `policies[${index}]`)),
    ...(zones.size > 1
      ? [
          `policies name ${zones.size} zones, ${[...zones].sort().join(" and ")}; a token may be good for one only. ` +
            "Make a token for each.",
        ]
      : []),
  ];
}

function checkPolicy(policy: unknown, at: string): string[] {
  if (policy === notYetKnown) return [];
  const effect = propertyAt(policy, "effect");
  const resources = propertyAt(policy, "resources");
  return [
    ...(effect === "allow" || effect === notYetKnown
      ? []
      : [
          `${at}.effect is ${shown(effect)}; only "allow" is allowed. List what the token may do and nothing else.`,
        ]),
    ...(resources === notYetKnown || isOneZone(zonesOf(policy))
      ? []
      : [
          `${at}.resources is ${typeof resources === "string" ? resources : shown(resources)}, which is not exactly one zone; allowed is ${allowed}. ` +
            "Look the zone up by its name.",
        ]),
  ];
}

function isOneZone(names: string[]): boolean {
  return names.length === 1 && oneZone.test(names[0]!);
}

/** The keys of a policy's resources, a JSON object. */
function zonesOf(policy: unknown): string[] {
  const resources = propertyAt(policy, "resources");
  if (typeof resources !== "string") return [];
  try {
    const parsed: unknown = JSON.parse(resources);
    return isRecord(parsed) ? Object.keys(parsed) : [];
  } catch {
    return [];
  }
}
