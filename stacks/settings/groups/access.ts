import { z } from "zod";
import { choice, didYouMean } from "../../../components/common/mend.js";
import { othersNamespaces } from "../../../components/common/addOnNamespaces.js";
import { everywhere, powers } from "../../../components/access/powers.js";
import { clusterKinds, coreKinds } from "../../../components/gitops/kinds.js";
import { isRegistry } from "../fields/images.js";
import { dnsLabel, dnsSubdomain, isHostOrAddress } from "../fields/names.js";
import { portProblem } from "../fields/networks.js";
import { relativePath } from "../fields/paths.js";
import { isContainerResource, isQuotaResource, quantities } from "../fields/quantities.js";
import { anyName, queryFault, text } from "../fields/text.js";

function isRepository(value: string): boolean {
  const part = "\\/(?!\\.{1,2}(?:\\/|$))(?:[\\w.~+-]|%[0-9A-Fa-f]{2})+";
  const [, host, port] = new RegExp(`^https:\\/\\/([^/:]+)(?::(\\d+))?(?:${part})+$`).exec(value) ?? [];
  return (
    host !== undefined &&
    !value.endsWith("/.git") &&
    isHostOrAddress(host.toLowerCase()) &&
    (port === undefined || portProblem(port) === undefined)
  );
}

const repository = text("Git repository of an application.", (value) => {
  if (/^[^@]*[:/][^@]*@|^https:\/\/[^/]*%40/.test(value))
    return {
      message: "the address holds credentials, which auditors read in the Application",
      mend: choice("give ArgoCD a repository Secret instead"),
    };
  const query = queryFault(value);
  if (query) return query;
  return isRepository(value)
    ? undefined
    : {
        message: `"${value}" is not a repository address such as https://github.com/owner/name.git`,
        mend: didYouMean(value.replace(/\/+$/, "")),
      };
}).meta({ examples: ["https://github.com/owner/name.git"] });

/**
 * As git check-ref-format has it (https://git-scm.com/docs/git-check-ref-format), or a range of versions
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#git).
 */
function isRevision(value: string): boolean {
  const number = "(\\d+|[xX*])";
  const suffix = "[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*";
  const version = `v?${number}(\\.${number}){0,2}(-${suffix})?(\\+${suffix})?`;
  const range = `(${version}\\s+-\\s+${version}|(!=|[<>]=?|=[<>]?|~>?|\\^)?\\s*${version})`;
  return (
    new RegExp(`^${range}((\\s*,\\s*|\\s*\\|\\|\\s*|\\s+)${range})*$`).test(value) ||
    (/^(?![-/.])(?!@$)[^\s\p{Cc}~^:?*[\\]+$/u.test(value) &&
      !/\.\.|@\{|\/\/|\/\.|[/.]$|\.lock(\/|$)/.test(value))
  );
}

const kind = text("A kind with a namespace.", (value) => {
  const name = "[A-Z][A-Za-z0-9]*";
  if (clusterKinds.includes(value))
    return `${value} has no namespace, and an application brings only what lies in its own`;
  if (coreKinds.includes(value) || new RegExp(`^${name}(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`).test(value))
    return undefined;
  return new RegExp(`^${name}$`).test(value)
    ? {
        message: `${value} is no kind of the core group with a namespace`,
        mend: choice("write it with its group, such as NetworkPolicy.networking.k8s.io"),
      }
    : `"${value}" is not a kind such as ConfigMap or NetworkPolicy.networking.k8s.io`;
}).meta({ examples: ["HTTPRoute.gateway.networking.k8s.io"] });

const argocd = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Manage a project and applications of an ArgoCD that runs already."),
    namespace: dnsLabel("ArgoCD's namespace.").default(othersNamespaces.argocd),
    project: dnsSubdomain(
      "AppProject; it allows the repositories and destinations of the applications only.",
      "default",
    ).default("default"),
    applications: z
      .array(
        z.strictObject({
          name: dnsLabel("Name of the Application.", "backstage"),
          repository,
          revision: text("Branch, tag or commit.", (value) =>
            isRevision(value) ? undefined : `"${value}" is not a branch, a tag or a commit such as main`,
          ).default("main"),
          path: relativePath("Folder in the repository.", "overlays/production"),
          namespace: dnsLabel("Namespace it is deployed to.", "backstage"),
        }),
      )
      .default([])
      .describe("Applications kept in sync."),
    mayBring: z
      .array(kind)
      .optional()
      .describe(
        "Further kinds that the applications' repositories may bring, in addition to workloads, Services, ConfigMaps, volumes and " +
          "SealedSecrets. Default: none; on a cluster that exists, any kind, until this is set.",
      ),
  })
  .prefault({})
  .describe("ArgoCD.");

/** Who a role is bound to, as a binding of Kubernetes names it. */
const subject = {
  kind: z.enum(["User", "Group", "ServiceAccount"]).describe("Kind of the subject."),
  namespace: dnsLabel("Namespace; only for a ServiceAccount.", "traefik").optional(),
  name: anyName("Name of the user, the group or the ServiceAccount.", "traefik"),
};

const namespaceOrAll = text("A namespace, or * for all of them.", (value) =>
  value === everywhere || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
    ? undefined
    : `"${value}" is neither a namespace nor *, which stands for all of them`,
).meta({ examples: ["traefik"] });

const registry = text("Host of a registry, or a path on one.", (value) => {
  if (isRegistry(value)) return undefined;
  const bare = value
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, "")
    .replace(/[./]+$/, "");
  return {
    message: `"${value}" is not a registry such as ghcr.io or docker.io/library`,
    mend: didYouMean(bare),
  };
}).meta({ examples: ["ghcr.io"] });

const reason = z
  .string()
  .regex(/\S/, "the text is empty")
  .meta({ description: "Why fewer rights are not enough.", examples: ["serves certificates"] });

const role = text("A ClusterRole, or namespace/name of a Role.", (value) =>
  /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\/)?(?!\.{1,2}$)[^/%\s*]+$/.test(value)
    ? undefined
    : `"${value}" is neither the name of a ClusterRole nor namespace/name of a Role`,
).meta({ examples: ["keda-operator"] });

const admission = z
  .strictObject({
    action: z
      .enum(["warn", "deny"])
      .default("deny")
      .describe(
        "deny rejects what breaks a rule. warn admits it, warns the client and notes it in the audit log.",
      ),
    registries: z
      .array(registry)
      .default([])
      .describe("Further image registries. Those of Harbor and the add-ons are always allowed."),
    roles: z
      .array(z.strictObject({ name: role, reason }))
      .default([])
      .describe(
        "Roles that may have wildcards, escalate, bind or impersonate, in addition to ArgoCD's; they are bound only to subjects in " +
          "clusterAdmins or privileged.",
      ),
  })
  .prefault({})
  .describe(
    "Admission policies for isolated namespaces, and for powerful roles and new cluster-admins anywhere.",
  );

const namespaceGuard = z.strictObject({
  podSecurity: z
    .enum(["privileged", "baseline", "restricted"])
    .optional()
    .describe("Pod security level to enforce. Default: the namespace's labels stay as they are."),
  quota: quantities(
    "ResourceQuota of the namespace.",
    { "requests.memory": "4Gi" },
    isQuotaResource,
  ).optional(),
  limits: z
    .strictObject({
      default: quantities(
        "Default limits of a container.",
        { memory: "512Mi" },
        isContainerResource,
      ).optional(),
      defaultRequest: quantities(
        "Default requests of a container.",
        { memory: "128Mi" },
        isContainerResource,
      ).optional(),
      max: quantities("Highest limits of a container.", { memory: "2Gi" }, isContainerResource).optional(),
    })
    .optional()
    .describe("LimitRange of the namespace."),
});

export const access = z
  .strictObject({
    argocd,
    admission,
    clusterAdmins: z
      .array(
        z.strictObject({
          ...subject,
          reason,
        }),
      )
      .default([])
      .describe("Further subjects that may be cluster-admin, in addition to ArgoCD's controller and Velero."),
    privileged: z
      .array(
        z.strictObject({
          ...subject,
          reason,
          may: z
            .array(z.enum(powers))
            .min(1)
            .default(["read-secrets"])
            .describe("Rights it may have; docs/reference/access.md explains each."),
          namespaces: z
            .array(namespaceOrAll)
            .min(1)
            .optional()
            .describe(
              'Namespaces in which it may have them; "*" for all. Default: the ServiceAccount\'s own.',
            ),
        }),
      )
      .default([])
      .describe(
        "Further subjects that may read Secrets, or hold rights that lead to more; `npm run verify` reports all others.",
      ),
    namespaces: z
      .record(dnsLabel("A namespace."), namespaceGuard)
      .default({})
      .describe(
        "Pod security, quotas and limits by namespace. In these and in isolated namespaces the default ServiceAccount has no token.",
      ),
    auditors: z
      .array(z.strictObject(subject))
      .default([])
      .describe("Subjects of the auditor role: read-only, without Secrets, ConfigMaps and logs."),
  })
  .prefault({})
  .describe("Who may do what.");
