import { UnsealedSecrets } from "../../components/backups/unsealedSecrets.js";
import { systemNamespace } from "../../components/common/addOnNamespaces.js";
import { SealedSecrets } from "../../components/secrets/sealedSecrets.js";
import { SealingKeys } from "../../components/secrets/sealingKeys.js";
import { mutatesByPolicy } from "../settings/derived/kubernetesVersion.js";
import { monitoringOf } from "../settings/derived/monitoring.js";
import { releaseOptions } from "../settings/derived/release.js";
import type { Settings } from "../settings/index.js";
import { after, type ClusterBase } from "./cluster.js";

/** Sealed Secrets and its keys. The Secrets it makes are left out of backups from the first one on. */
export function secrets(
  settings: Settings,
  base: ClusterBase,
): { sealingKeys: SealingKeys; sealedSecrets: SealedSecrets } {
  const sealingKeys = new SealingKeys(
    "sealing-keys",
    { namespace: systemNamespace, keys: settings.secrets.sealingKeys },
    base.options,
  );
  const unsealedSecrets = mutatesByPolicy(settings.cluster.kubernetesVersion)
    ? [new UnsealedSecrets("unsealed-secrets", base.options)]
    : [];
  const sealedSecrets = new SealedSecrets(
    "sealed-secrets",
    {
      namespace: systemNamespace,
      monitoring: monitoringOf(settings),
      ...releaseOptions(settings, "sealed-secrets"),
    },
    after(base, base.cilium, sealingKeys, ...unsealedSecrets),
  );
  return { sealingKeys, sealedSecrets };
}
