import { ArgoCd } from "../../components/gitops/argoCd.js";
import type { SealedSecrets } from "../../components/secrets/sealedSecrets.js";
import { admittedKinds } from "../settings/derived/applicationKinds.js";
import type { Settings } from "../settings/index.js";
import { after, type ClusterBase } from "./cluster.js";

/** ArgoCD's project and applications, if they are enabled. */
export function gitops(settings: Settings, base: ClusterBase, sealedSecrets: SealedSecrets): void {
  const { enabled, namespace, project, applications } = settings.access.argocd;
  if (!enabled) return;
  new ArgoCd(
    "argocd",
    { namespace, project, applications, kinds: admittedKinds(settings) },
    // What it syncs holds SealedSecrets.
    after(base, sealedSecrets),
  );
}
