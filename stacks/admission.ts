import { addOnRegistries, hostPathUsers } from "../components/access/addOns.js";
import type { AdmissionPoliciesArgs } from "../components/access/admission/objects.js";
import { clusterAdmins } from "../components/access/clusterAdmins.js";
import { harborHostname } from "./settings/derived/hostname.js";
import { isolatedNamespaces } from "./settings/derived/namespaces.js";
import type { Settings } from "./settings/index.js";

/** What the API server is to refuse. */
export function admissionArgs(settings: Settings): AdmissionPoliciesArgs {
  const { access, registry } = settings;
  return {
    namespaces: isolatedNamespaces(settings),
    action: access.admission.action,
    registries: [
      ...(registry.enabled ? [harborHostname(settings)] : []),
      ...addOnRegistries,
      ...access.admission.registries,
    ],
    hostPathUsers,
    clusterAdmins: [...clusterAdmins({ argocd: access.argocd.namespace }), ...access.clusterAdmins],
  };
}
