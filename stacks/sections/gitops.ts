import { ArgoCd } from "../../components/gitops/argoCd.js";
import type { SealedSecrets } from "../../components/secrets/sealedSecrets.js";
import type { Settings } from "../settings/index.js";
import { after, type Cluster } from "./cluster.js";

/** ArgoCD's project and applications, if they are enabled. */
export function gitops({ access: { argocd } }: Settings, base: Cluster, sealedSecrets: SealedSecrets): void {
  // What it syncs holds SealedSecrets.
  if (argocd.enabled) new ArgoCd("argocd", argocd, after(base, sealedSecrets));
}
