import { applicationKinds, type KindName } from "../../../components/gitops/kinds.js";
import type { Settings } from "../schema.js";

/**
 * Kinds that the repositories of applications may bring: what an application consists of, and what the settings name. Any
 * kind, undefined, on a cluster that exists and whose settings are silent: what is synced there already goes on.
 */
export function admittedKinds({
  access: { argocd },
  cluster,
}: Pick<Settings, "access" | "cluster">): KindName[] | undefined {
  if (argocd.mayBring === undefined && cluster.existing) return undefined;
  return [...applicationKinds, ...(argocd.mayBring ?? [])];
}
