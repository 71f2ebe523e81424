import type { Certificates } from "../../components/certificates/certificates.js";
import { addOnNamespaces } from "../../components/common/addOnNamespaces.js";
import { Reloader } from "../../components/common/reloader.js";
import { Harbor } from "../../components/registry/harbor.js";
import { harborReloadedDeployments } from "../../components/registry/harborValues.js";
import { harborHostname } from "../settings/derived/hostname.js";
import { monitoringOf } from "../settings/derived/monitoring.js";
import { releaseOptions } from "../settings/derived/release.js";
import type { Settings } from "../settings/index.js";
import { after, namespaceIn, type ClusterBase } from "./cluster.js";

/** Harbor, if it is enabled. */
export function registry(
  settings: Settings,
  base: ClusterBase,
  certificates: Certificates,
): Harbor | undefined {
  const { cluster, gateway } = settings;
  const { enabled, tlsAt, storageClass, sizes, adminPassword, secretKey, databasePassword } =
    settings.registry;
  if (!enabled) return undefined;
  const namespace = namespaceIn(base, addOnNamespaces.harbor);
  new Reloader(
    "harbor-reloader",
    { namespace, deployments: harborReloadedDeployments, ...releaseOptions(settings, "reloader") },
    after(base, base.cilium),
  );
  return new Harbor(
    "harbor",
    {
      namespace,
      hostname: harborHostname(settings),
      gateway,
      tlsAt,
      storageClass,
      sizes,
      // The volume claims of a StatefulSet that exists cannot be changed.
      volumeAnnotations: cluster.existing ? {} : undefined,
      adminPassword,
      secretKey,
      databasePassword,
      monitoring: monitoringOf(settings),
      ...releaseOptions(settings, "harbor"),
    },
    // Its nginx does not start without the certificate.
    after(base, base.cilium, certificates),
  );
}
