/**
 * What leads to Secrets or to more rights, as the settings name it. Which rights of Kubernetes each stands for is a table of
 * `npm run verify` (cli/verify/checks/access/powerRows.ts).
 */
export const powers = [
  "read-secrets",
  "run-pods",
  "enter-pods",
  "reach-pods",
  "make-tokens",
  "give-roles",
  "impersonate",
  "sign-certificates",
  "use-nodes",
  "intercept-requests",
  "loosen-admission",
  "open-network",
  "take-names",
  "configure-cluster",
  "use-administrators",
] as const;

export type Power = (typeof powers)[number];

/**
 * Verbs whose answer holds a Secret: what a patch leaves and what a deletion ends come back as well. What is created or updated
 * is the caller's own.
 */
export const secretVerbs = ["get", "list", "watch", "patch", "delete", "deletecollection"] as const;

/** Stands for every namespace, and for what lies in none. */
export const everywhere = "*";
