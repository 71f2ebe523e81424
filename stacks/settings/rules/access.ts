import { choice, takeOut } from "../../../components/common/mend.js";
import { addOnNamespaces, systemNamespace } from "../../../components/common/addOnNamespaces.js";
import { exemption } from "../../../components/network/isolation/exempt.js";
import { ownNamespaces } from "../derived/namespaces.js";
import { isDnsSubdomain } from "../fields/names.js";
import { isShared, quantityOf } from "../fields/quantities.js";
import type { Settings } from "../schema.js";
import type { Report } from "./index.js";

/** Who may do what, and where applications may be deployed. */
export function accessRules(settings: Settings, report: Report): void {
  subjectsAreComplete(settings, report);
  subjectsAreSomebody(settings, report);
  namespacesAreOurs(settings, report);
  applicationsKeepToThemselves(settings, report);
  limitsAreOrdered(settings, report);
}

/** What the API server asks of a LimitRange: of a resource, the request is at most the limit, and that at most the highest. */
function limitsAreOrdered({ access }: Settings, report: Report): void {
  const pairs = [
    ["defaultRequest", "default"],
    ["defaultRequest", "max"],
    ["default", "max"],
  ] as const;
  for (const [namespace, { limits = {} }] of Object.entries(access.namespaces)) {
    // Nobody gets more of these than was asked for; without a default the highest limit is one.
    for (const [resource, limit] of Object.entries({ ...limits.max, ...limits.default })) {
      const found = Object.hasOwn(limits.defaultRequest ?? {}, resource)
        ? limits.defaultRequest![resource]
        : undefined;
      if (found !== undefined && !isShared(resource) && quantityOf(found) < quantityOf(limit))
        report(
          ["access", "namespaces", namespace, "limits", "defaultRequest", resource],
          `${found} is not the limit, ${limit}; of ${resource} the API server takes a LimitRange only if both are the same`,
          takeOut,
        );
    }
    for (const [low, high] of pairs) {
      for (const [resource, most] of Object.entries(limits[high] ?? {})) {
        const found = Object.hasOwn(limits[low] ?? {}, resource) ? limits[low]![resource] : undefined;
        if (found !== undefined && quantityOf(found) > quantityOf(most))
          report(
            ["access", "namespaces", namespace, "limits", low, resource],
            `${found} is more than limits.${high}.${resource} ${most}, and the API server refuses the LimitRange`,
          );
      }
    }
  }
}

/** A ServiceAccount is one of a namespace; users and groups have none. */
function subjectsAreComplete({ access }: Settings, report: Report): void {
  for (const list of ["clusterAdmins", "privileged", "auditors"] as const) {
    access[list].forEach(({ kind, namespace, name }, index) => {
      if (kind === "ServiceAccount" && !namespace) {
        report(["access", list, index, "namespace"], `ServiceAccount ${name} needs its namespace`);
      }
      if (kind === "ServiceAccount" && !isDnsSubdomain(name)) {
        report(
          ["access", list, index, "name"],
          `"${name}" is not the name of a ServiceAccount (lower-case letters, digits, dashes and dots)`,
        );
      }
      if (kind !== "ServiceAccount" && namespace) {
        report(["access", list, index, "namespace"], `a ${kind} has no namespace`, takeOut);
      }
    });
  }
  access.privileged.forEach(({ kind, name, namespaces }, index) => {
    if (kind === "ServiceAccount" || namespaces) return;
    report(
      ["access", "privileged", index, "namespaces"],
      `${kind} ${name} needs the namespaces it may do so in, or ["*"]`,
    );
  });
}

/** Users and groups of Kubernetes that stand for everybody, or for every pod (https://kubernetes.io/docs/reference/access-authn-authz/rbac/). */
const everybody = new Map(
  Object.entries({
    "system:anonymous": "everybody who reaches the API server",
    "system:unauthenticated": "everybody who reaches the API server",
    "system:authenticated": "everybody who is signed in, every ServiceAccount among them",
    "system:serviceaccounts": "every ServiceAccount",
    "system:nodes": "the kubelet of every node",
    "system:bootstrappers": "everybody with a token for a new node",
    "*": "nobody: a name has no wildcards",
  }),
);

/** Group whose members the API server asks nothing (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles). */
const mastersGroup = "system:masters";

function subjectsAreSomebody({ access }: Settings, report: Report): void {
  for (const list of ["clusterAdmins", "privileged", "auditors"] as const) {
    access[list].forEach(({ kind, name }, index) => {
      const who = kind === "ServiceAccount" ? undefined : everybody.get(name);
      const path = ["access", list, index, "name"];
      if (who)
        report(path, `${name} is ${who}`, choice("name the users, groups or ServiceAccounts that need it"));
      // As cluster-admin it is known without being listed.
      if (kind === "Group" && name === mastersGroup && list !== "clusterAdmins")
        report(path, `${name} may do everything whatever it is bound to`, choice("name a group of your own"));
    });
  }
}

function namespacesAreOurs(settings: Settings, report: Report): void {
  const made: string[] = ownNamespaces(settings);
  for (const [namespace, { podSecurity }] of Object.entries(settings.access.namespaces)) {
    if (exemption(namespace)) {
      report(
        ["access", "namespaces", namespace],
        `${namespace} belongs to Kubernetes, and a quota or a pod security level would stop parts of it`,
        choice("list namespaces of applications"),
      );
    }
    if (podSecurity && made.includes(namespace)) {
      report(
        ["access", "namespaces", namespace, "podSecurity"],
        `${namespace} is made by this stack at the level its pods need`,
        takeOut,
      );
    }
  }
}

/** Everybody who writes to an application's repository has what is deployed to its namespace. */
function applicationsKeepToThemselves(settings: Settings, report: Report): void {
  const { argocd } = settings.access;
  const guarded = [
    systemNamespace,
    "kube-public",
    "kube-node-lease",
    argocd.namespace,
    ...Object.values(addOnNamespaces),
  ];
  argocd.applications.forEach(({ namespace }, index) => {
    if (guarded.includes(namespace))
      report(
        ["access", "argocd", "applications", index, "namespace"],
        `who writes to the repository would have ${namespace}, which guards the cluster`,
        choice("give the application a namespace of its own"),
      );
  });
}
