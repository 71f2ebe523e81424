import type { AuditLevel, AuditPolicyDocument } from "../../../components/audit/auditPolicy.js";

export interface User {
  user: string;
  groups: string[];
}

/** A request as the API server sees it; `resource` includes the subresource, `path` is for what is no resource. */
export interface Request extends User {
  verb: string;
  group?: string;
  resource?: string;
  path?: string;
}

/** The level of the first rule that matches, by the rules of k8s.io/apiserver/pkg/audit/policy. */
export function levelOf({ rules }: AuditPolicyDocument, request: Request): AuditLevel {
  const rule = rules.find(
    (rule) =>
      (!rule.users || rule.users.includes(request.user)) &&
      (!rule.userGroups || rule.userGroups.some((group) => request.groups.includes(group))) &&
      (!rule.verbs || rule.verbs.includes(request.verb)) &&
      (!rule.resources ||
        rule.resources.some(
          ({ group, resources }) =>
            request.resource !== undefined &&
            group === (request.group ?? "") &&
            resources.includes(request.resource),
        )) &&
      (!rule.nonResourceURLs ||
        rule.nonResourceURLs.some(
          (url) =>
            request.path !== undefined &&
            (url.endsWith("*") ? request.path.startsWith(url.slice(0, -1)) : request.path === url),
        )),
  );
  return rule?.level ?? "None";
}

export const admin = { user: "kubernetes-admin", groups: ["kubeadm:cluster-admins", "system:authenticated"] };
export const anonymous = { user: "system:anonymous", groups: ["system:unauthenticated"] };
export const kubelet = { user: "system:node:musashi", groups: ["system:nodes", "system:authenticated"] };
const serviceAccount = (namespace: string, name: string) => ({
  user: `system:serviceaccount:${namespace}:${name}`,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
});
export const backstage = serviceAccount("backstage", "default");
export const kubeProxy = serviceAccount("kube-system", "kube-proxy");
export const scheduler = { user: "system:kube-scheduler", groups: ["system:authenticated"] };
export const manager = { user: "system:kube-controller-manager", groups: ["system:authenticated"] };
export const certManager = serviceAccount("cert-manager", "cert-manager");
export const apiserver = { user: "system:apiserver", groups: ["system:masters"] };
export const rbac = "rbac.authorization.k8s.io";

/** A request in short: `create pods/exec`, `patch roles.rbac.authorization.k8s.io`, `get /livez`. */
export function request(who: User, what: string): Request {
  const [verb, target] = what.split(" ") as [string, string];
  if (target.startsWith("/")) return { ...who, verb, path: target };
  const [resource, ...group] = target.split(".");
  return { ...who, verb, resource, group: group.join(".") };
}
