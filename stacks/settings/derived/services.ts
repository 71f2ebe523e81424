import { auditShippingServices } from "../../../components/audit/auditShippingFlows.js";
import { veleroServices } from "../../../components/backups/veleroFlows.js";
import { certManagerServices } from "../../../components/certificates/certManagerFlows.js";
import { addOnNamespaces, systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { ciliumNodeMetrics, ciliumServices } from "../../../components/network/ciliumFlows.js";
import { neighbourServices, type NeighboursArgs } from "../../../components/network/isolation/neighbours.js";
import type { KnownServices } from "../../../components/network/isolation/services.js";
import { harborServices } from "../../../components/registry/harborFlows.js";
import { sealedSecretsServices } from "../../../components/secrets/sealedSecretsFlows.js";
import type { Settings } from "../schema.js";
import { monitoringOf } from "./monitoring.js";

/** What runs next to the add-ons without being installed by this program. */
export function neighbours(settings: Settings): NeighboursArgs {
  return { monitoring: monitoringOf(settings), nodeMetrics: ciliumNodeMetrics };
}

/** Services whose pods are known: those of the add-ons, and of what usually runs next to them. */
export function knownServices(settings: Settings): KnownServices {
  return {
    ...neighbourServices(neighbours(settings)),
    [systemNamespace]: [...ciliumServices, ...sealedSecretsServices],
    [addOnNamespaces.certManager]: certManagerServices,
    [addOnNamespaces.velero]: veleroServices,
    [addOnNamespaces.auditLogs]: auditShippingServices,
    ...(settings.registry.enabled ? { [addOnNamespaces.harbor]: harborServices } : {}),
  };
}
