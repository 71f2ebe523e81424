import { administratorPolicy } from "./administrators.js";
import { hostAccessPolicy, type HostPathUser } from "./hostAccess.js";
import { hostPolicy, type HostTable } from "./hosts.js";
import { imagePolicy } from "./images.js";
import { networkPolicyPolicy } from "./networkPolicies.js";
import type { AdmissionPolicy } from "./policy.js";
import { rolePolicy, type PowerfulRole } from "./roles.js";
import { sealingPolicy } from "./sealing.js";
import { servicePolicy } from "./services.js";
import type { ClusterAdmin, Subject } from "../clusterAdmins.js";

export interface AdmissionPoliciesArgs {
  /** Namespaces in which pods, images, Services, network policies and SealedSecrets are judged. */
  namespaces: string[];
  /** warn: what breaks a rule is let in, with a warning to the client that applies it; deny: it is refused. */
  action: "warn" | "deny";
  /** Registries, or paths on one, that images may come from. */
  registries: string[];
  /** ServiceAccounts whose pods may mount folders of their node. */
  hostPathUsers: HostPathUser[];
  /** Everyone who may be cluster-admin. */
  clusterAdmins: ClusterAdmin[];
  /** Everyone else who may be bound to a powerful role. */
  privileged: readonly Subject[];
  /** Roles that may allow everything, or what leads to it. */
  roles: readonly PowerfulRole[];
  /** Who writes network policies of the namespaces. */
  networkWriters: readonly Subject[];
  /** Who writes sealing keys, besides the controller. */
  keyWriters: readonly Subject[];
  /** Those of the namespaces that are open to the outside. */
  exposed: readonly string[];
  /** Addresses of nodes and of the API server. */
  nodes: readonly string[];
  /** Hosts that belong to a namespace each, and the Gateway that serves them. */
  hosts: Readonly<Record<string, string>>;
  gateway: HostTable["gateway"];
}

/** A policy and its binding as the API server takes them, without their metadata. */
export interface AdmissionObjects {
  /** Name of both. */
  name: string;
  policy: {
    failurePolicy: string;
    matchConstraints: { resourceRules: AdmissionPolicy["rules"] };
    matchConditions?: AdmissionPolicy["matchConditions"];
    variables: AdmissionPolicy["variables"];
    validations: (AdmissionPolicy["validations"][number] & { reason: string })[];
  };
  binding: {
    policyName: string;
    validationActions: string[];
    matchResources?: { namespaceSelector: ReturnType<typeof among> };
  };
}

/** Every policy with its binding. */
export function admissionObjects(args: AdmissionPoliciesArgs): AdmissionObjects[] {
  return policies(args).map(
    ({ name, rules, matchConditions, variables, validations, everywhere, also = [] }) => ({
      name,
      policy: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: rules },
        ...(matchConditions ? { matchConditions } : {}),
        variables,
        validations: validations.map((validation) => ({ ...validation, reason: "Forbidden" })),
      },
      binding: {
        policyName: name,
        // In the audit log as well, where it is found later.
        validationActions: [args.action === "deny" ? "Deny" : "Warn", "Audit"],
        ...(everywhere
          ? {}
          : { matchResources: { namespaceSelector: among([...args.namespaces, ...also]) } }),
      },
    }),
  );
}

function policies(args: Omit<AdmissionPoliciesArgs, "action">): AdmissionPolicy[] {
  return [
    imagePolicy(args.registries),
    hostAccessPolicy(args.hostPathUsers),
    administratorPolicy(args),
    rolePolicy(args.roles),
    networkPolicyPolicy(args.networkWriters),
    servicePolicy(args.exposed, args.nodes),
    sealingPolicy(args.keyWriters),
    hostPolicy({ hosts: args.hosts, gateway: args.gateway, isolated: args.namespaces }),
  ];
}

function among(namespaces: string[]) {
  const values = [...namespaces].sort();
  return { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values }] };
}
