import { addOnRegistries, hostPathUsers } from "../components/access/addOns.js";
import type { AdmissionPoliciesArgs } from "../components/access/admission/objects.js";
import { clusterAdmins } from "../components/access/clusterAdmins.js";
import { isolatedNamespaces } from "./flows.js";
import type { Settings } from "./settings/index.js";

/** Name that Harbor is reached by. */
export function harborHostnameOf({ registry, certificates }: Settings): string {
  return registry.hostname ?? `harbor.${certificates.zone}`;
}

/** What the API server is to refuse. */
export function admissionArgs(settings: Settings): AdmissionPoliciesArgs {
  const { access, registry } = settings;
  return {
    namespaces: isolatedNamespaces(settings),
    action: access.admission.action,
    registries: [
      ...(registry.enabled ? [harborHostnameOf(settings)] : []),
      ...addOnRegistries,
      ...access.admission.registries,
    ],
    hostPathUsers,
    clusterAdmins: [...clusterAdmins({ argocd: access.argocd.namespace }), ...access.clusterAdmins],
  };
}
