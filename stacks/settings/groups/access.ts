import { z } from "zod";
import { everywhere, powers } from "../../../components/access/powers.js";
import { dnsLabel, text } from "../fields.js";

const repository = text("Git repository of an application.", (value) =>
  /^https:\/\/[^\s*]+\.git$/.test(value)
    ? undefined
    : `"${value}" is not a repository address such as https://github.com/owner/name.git`,
);

const argocd = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Manage a project and applications of an ArgoCD that runs already."),
    namespace: dnsLabel("ArgoCD's namespace.").default("argocd"),
    project: dnsLabel(
      "AppProject; the only repositories and destinations are those of the applications.",
    ).default("default"),
    applications: z
      .array(
        z.strictObject({
          name: dnsLabel("Name of the Application."),
          repository,
          revision: z.string().min(1).default("main").describe("Branch, tag or commit."),
          path: z.string().min(1).describe("Folder in the repository."),
          namespace: dnsLabel("Namespace it is deployed to."),
        }),
      )
      .default([])
      .describe("Applications kept in sync."),
  })
  .prefault({})
  .describe("ArgoCD.");

/** Who a role is bound to, as a binding of Kubernetes names it. */
const subject = {
  kind: z.enum(["User", "Group", "ServiceAccount"]).describe("Kind of the subject."),
  namespace: dnsLabel("Namespace, of a ServiceAccount.").optional(),
  name: z.string().min(1).describe("Name of the user, the group or the ServiceAccount."),
};

const namespaceOrAll = text("A namespace, or * for all of them.", (value) =>
  value === everywhere || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
    ? undefined
    : `"${value}" is neither a namespace nor *, which stands for all of them`,
);

const registry = text("Host of a registry, or a path on one.", (value) => {
  if (/^([a-z0-9.-]+\.[a-z0-9-]+|localhost)(:\d+)?(\/[a-z0-9._/-]*[a-z0-9])?$/.test(value)) return undefined;
  const bare = value.replace(/^[a-z]+:\/\//, "").replace(/\/+$/, "");
  return `"${value}" is not a registry such as ghcr.io or docker.io/library${bare !== value && bare ? `; did you mean ${bare}?` : ""}`;
});

const admission = z
  .strictObject({
    action: z
      .enum(["warn", "deny"])
      .default("deny")
      .describe(
        "deny refuses what breaks a rule; warn lets it in, says so and leaves a note in the audit log.",
      ),
    registries: z
      .array(registry)
      .default([])
      .describe("Further registries of images. Harbor's own and those of the add-ons are always listed."),
  })
  .prefault({})
  .describe("What the API server refuses in isolated namespaces, and new cluster-admins anywhere.");

const quantities = (description: string) =>
  z
    .record(
      z.string(),
      text("A quantity.", (value) =>
        /^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/.test(value)
          ? undefined
          : `"${value}" is not a quantity such as 500m, 2 or 4Gi`,
      ),
    )
    .describe(description);

const namespaceGuard = z.strictObject({
  podSecurity: z
    .enum(["privileged", "baseline", "restricted"])
    .optional()
    .describe("Pod security level to enforce. Default: the namespace's labels stay as they are."),
  quota: quantities("The most that all objects may ask for together, such as requests.memory.").optional(),
  limits: z
    .strictObject({
      default: quantities("Limits of a container that names none.").optional(),
      defaultRequest: quantities("Requests of a container that names none.").optional(),
      max: quantities("The most a container may ask for.").optional(),
    })
    .optional()
    .describe("Limits of each container."),
});

export const access = z
  .strictObject({
    argocd,
    admission,
    clusterAdmins: z
      .array(z.strictObject({ ...subject, reason: z.string().min(1).describe("Why nothing less will do.") }))
      .default([])
      .describe(
        "Further subjects that may be cluster-admin; the built-in list has ArgoCD's controller and Velero.",
      ),
    privileged: z
      .array(
        z.strictObject({
          ...subject,
          reason: z.string().min(1).describe("Why nothing less will do."),
          may: z
            .array(z.enum(powers))
            .min(1)
            .default(["read-secrets"])
            .describe("What it may, and nothing else that leads to Secrets or more rights (docs/access.md)."),
          namespaces: z
            .array(namespaceOrAll)
            .min(1)
            .optional()
            .describe('Namespaces it may do so in, or "*". Default: the ServiceAccount\'s own.'),
        }),
      )
      .default([])
      .describe(
        "Further subjects that may read Secrets or hold a right that leads to more; `npm run verify` reports any other.",
      ),
    namespaces: z
      .record(z.string(), namespaceGuard)
      .default({})
      .describe(
        "Pod security, quotas and limits by namespace. In these and in isolated ones the default ServiceAccount has no token.",
      ),
    auditors: z
      .array(z.strictObject(subject))
      .default([])
      .describe("Who reads everything but Secrets and logs, and changes nothing."),
  })
  .prefault({})
  .describe("Who may do what.");
