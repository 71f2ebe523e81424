import type { Power } from "../../../../components/access/powers.js";
import { rows, type PowerRow } from "./powerRows.js";

/** A rule of a role. */
export interface RoleRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

/** What somebody with a power does, for a person. */
export const descriptions: Record<Power, string> = {
  "read-secrets": "reads Secrets",
  "run-pods": "runs pods with any Secret and ServiceAccount",
  "enter-pods": "runs commands in pods",
  "reach-pods": "connects to any port of pods, past network policies",
  "make-tokens": "makes tokens of ServiceAccounts",
  "give-roles": "gives roles away",
  impersonate: "acts as others",
  "sign-certificates": "signs certificates of clients",
  "use-nodes": "reaches into nodes",
  "intercept-requests": "reads or changes what others send to the API server",
  "loosen-admission": "takes away what the API server refuses",
  "open-network": "changes which connections are allowed",
  "take-names": "serves under names of others, hosts or Services, or gets certificates for them",
  "configure-cluster": "changes the configuration of the cluster's own parts",
  "use-administrators": "has a cluster-admin act",
};

/**
 * What the rules of a role let their holder do beyond what an application needs.
 *
 * @param namespace The one for which a RoleBinding gives the role. Default: everywhere.
 */
export function powersOf(rules: RoleRule[], namespace?: string): Power[] {
  const found = rows
    .filter(
      ({ clusterWide, only }) =>
        namespace === undefined || (!clusterWide && (only ?? namespace) === namespace),
    )
    .filter((row) => rules.some((rule) => gives(rule, row)))
    .map(({ power }) => power);
  return [...new Set(found)];
}

function gives(
  { verbs, apiGroups = [], resources = [], resourceNames = [] }: RoleRule,
  row: PowerRow,
): boolean {
  const { named } = row;
  return (
    overlaps(verbs, row.verbs) &&
    overlaps(apiGroups, [row.group]) &&
    (!named || resourceNames.length === 0 || resourceNames.some((name) => name.startsWith(named))) &&
    // "pods/*" and "*/exec" are patterns of a subresource.
    resources.some((resource) => row.resources.some((wanted) => covers(resource, wanted)))
  );
}

function overlaps(given: string[], wanted: readonly string[]): boolean {
  return given.includes("*") || given.some((value) => wanted.includes(value));
}

function covers(given: string, wanted: string): boolean {
  if (given === "*" || given === wanted) return true;
  const [resource, subresource] = wanted.split("/");
  return subresource !== undefined && (given === `${resource}/*` || given === `*/${subresource}`);
}
