import { hostPathUsers, powerfulRoles } from "../../components/access/addOns.js";
import type { AdmissionPoliciesArgs } from "../../components/access/admission/objects.js";
import { AdmissionPolicies } from "../../components/access/admissionPolicies.js";
import { Auditor } from "../../components/access/auditor.js";
import { NamespaceGuards } from "../../components/access/namespaceGuards.js";
import { protectedAddresses } from "../settings/derived/endpoint.js";
import { exposedNamespaces } from "../settings/derived/flows.js";
import { hostTable } from "../settings/derived/hostname.js";
import { isolatedNamespaces, ownNamespaces } from "../settings/derived/namespaces.js";
import { admittedRegistries } from "../settings/derived/registries.js";
import { administrators, keyWriters, networkWriters, privileged } from "../settings/derived/writers.js";
import type { Settings } from "../settings/index.js";
import { namespaceIn, type ClusterBase, type ClusterResourceOptions } from "./cluster.js";

/** Guards the namespaces of this stack, the isolated ones, and those of the settings. */
export function namespaceGuards(settings: Settings, base: ClusterBase): NamespaceGuards {
  const guards = settings.access.namespaces;
  const own = ownNamespaces(settings);
  const all = new Set([...isolatedNamespaces(settings), ...Object.keys(guards)]);
  return new NamespaceGuards(
    "namespace-guards",
    {
      owned: Object.fromEntries(own.map((name) => [name, namespaceIn(base, name)])),
      others: [...all].filter((name) => !(own as string[]).includes(name)).sort(),
      guards,
    },
    base.options,
  );
}

/** Who may do what. */
export function access(settings: Settings, options: ClusterResourceOptions): void {
  new Auditor("auditor", { subjects: settings.access.auditors }, options);
  new AdmissionPolicies("admission", admissionArgs(settings), options);
}

/** What the API server is to refuse. */
export function admissionArgs(settings: Settings): AdmissionPoliciesArgs {
  const { access, gateway } = settings;
  return {
    namespaces: isolatedNamespaces(settings),
    action: access.admission.action,
    registries: admittedRegistries(settings),
    hostPathUsers,
    clusterAdmins: administrators(settings),
    privileged: privileged(settings),
    networkWriters: networkWriters(settings),
    keyWriters: keyWriters(settings),
    exposed: exposedNamespaces(settings),
    nodes: protectedAddresses(settings),
    hosts: hostTable(settings),
    gateway: { namespace: gateway.namespace, name: gateway.name },
    roles: [...powerfulRoles, ...access.admission.roles],
  };
}
