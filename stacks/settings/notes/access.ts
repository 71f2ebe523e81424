import { powerfulKinds } from "../../../components/gitops/kinds.js";
import { admittedKinds } from "../derived/applicationKinds.js";
import type { Settings } from "../schema.js";

/** Settings that admit more people than they seem to. */
export function accessNotes(settings: Settings): string[] {
  return [
    ...registryNotes(settings),
    ...applicationNotes(settings),
    ...neighbourNotes(settings),
    ...kindNotes(settings),
    ...subjectNotes(settings),
  ];
}

/** Hosts on which anybody may have images of their own. */
const openRegistries = [
  ...[
    "docker.io",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
    "ghcr.io",
    "quay.io",
  ],
  ...[
    "gcr.io",
    "us.gcr.io",
    "eu.gcr.io",
    "asia.gcr.io",
    "registry.gitlab.com",
    "public.ecr.aws",
    "codeberg.org",
  ],
  ...["docker.pkg.github.com", "ttl.sh"],
];

function registryNotes({ access }: Settings): string[] {
  return access.admission.registries
    .filter((registry) => openRegistries.includes(registry.replace(/:443$/, "")))
    .map(
      (registry) =>
        `access.admission.registries allows all of ${registry}, where anybody may push; name the owners, such as ${registry}/owner.`,
    );
}

function kindNotes(settings: Settings): string[] {
  const { enabled, project, mayBring = [], applications } = settings.access.argocd;
  if (!enabled)
    return applications.length > 0
      ? ["access.argocd.applications has no effect while access.argocd.enabled is false."]
      : [];
  if (admittedKinds(settings) === undefined)
    return [
      `access.argocd.mayBring is not set, and the cluster exists: what is in project ${project} brings any kind into its namespace, NetworkPolicies and RoleBindings among them. Set it to the kinds that are synced in addition to workloads, or to [] (docs/reference/access.md).`,
    ];
  return mayBring
    .filter((kind) => Object.hasOwn(powerfulKinds, kind))
    .map(
      (kind) =>
        `access.argocd.mayBring has ${kind}: who writes to a repository of project ${project} ${powerfulKinds[kind]}.`,
    );
}

/** ArgoCD lets an object belong to one application, and reports it for each other one. */
function applicationNotes({ access }: Settings): string[] {
  const { applications } = access.argocd;
  const places = applications.map(({ repository, path, namespace }) =>
    [repository.replace(/\.git$/, ""), path, namespace].join(" "),
  );
  return repeatsIn(places).map(
    ([, index, first]) =>
      `access.argocd.applications[${index}] brings what access.argocd.applications[${first}] brings, to the same namespace; an object belongs to one of them.`,
  );
}

/** Namespaces of others that hold more than one application's: a repository of theirs may be meant, or a mistake. */
function neighbourNotes({ access, gateway, monitoring }: Settings): string[] {
  const held: Record<string, string> = {
    [gateway.namespace]: "the Gateway, and the keys of its certificates",
    ...(monitoring.enabled && {
      [monitoring.namespace]: "Prometheus and Alertmanager, and the credentials of their receivers",
    }),
  };
  return access.argocd.applications.flatMap(({ namespace }, index) =>
    Object.hasOwn(held, namespace)
      ? [
          `access.argocd.applications[${index}] goes to ${namespace}: who writes to its repository has ${held[namespace]}.`,
        ]
      : [],
  );
}

function subjectNotes({ access }: Settings): string[] {
  return (["clusterAdmins", "privileged", "auditors"] as const).flatMap((list) => {
    const subjects = access[list].map(({ kind, namespace, name }) =>
      [kind, [namespace, name].filter(Boolean).join("/")].join(" "),
    );
    return repeatsIn(subjects).map(
      ([subject, index, first]) =>
        `access.${list}[${index}] is ${subject}, as access.${list}[${first}] is; keep one of them.`,
    );
  });
}

/** Texts that stand in a list already: each with its index, and the index where it stands first. */
function repeatsIn(texts: readonly string[]): [text: string, index: number, first: number][] {
  return texts.flatMap((text, index): [string, number, number][] => {
    const first = texts.indexOf(text);
    return first < index ? [[text, index, first]] : [];
  });
}
