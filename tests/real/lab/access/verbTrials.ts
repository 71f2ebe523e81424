import "reflect-metadata";
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import type { RoleRule } from "../../../../cli/verify/checks/access/powers.js";
import type { Api, ApiAnswer } from "../../../../stacks/kubernetes/api.js";
import { create } from "../../../../cli/verify/cluster/objects.js";
import { systemNamespace } from "../../../../components/common/addOnNamespaces.js";
import { namespace } from "./powerTrials.js";

const rbac = "rbac.authorization.k8s.io";
const rbacPath = `/apis/${rbac}/v1`;
const csrPath = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/** A right by a verb that no resource has, or in another namespace, and what it gives. */
export interface VerbTrial {
  verb: string;
  group: string;
  resource: string;
  /** What its holder has besides, which gives nothing alone. */
  with: RoleRule[];
  gain: string;
  /** What the holder does; a status below 300 means that it worked. */
  attempt(
    holder: Api,
    others: { admin: Api; signIn: (token: string) => Promise<Api> },
  ): Promise<Pick<ApiAnswer, "status" | "body">>;
}

const rule = (verb: string, group: string, resource: string): RoleRule => ({
  verbs: [verb],
  apiGroups: [group],
  resources: [resource],
});
const post = (api: Api, path: string, body: object, headers: Record<string, string> = {}) =>
  api.request({ method: "POST", path: `${path}?dryRun=All`, body, headers });

/** Gives a role of many rights to its holder, or makes one. */
function roleTrial(verb: "bind" | "escalate", kind: "Role" | "ClusterRole"): VerbTrial {
  const made = verb === "bind" ? `${kind}Binding` : kind;
  const plural = `${made.toLowerCase()}s`;
  const path = `${rbacPath}${kind === "Role" ? `/namespaces/${namespace}` : ""}/${plural}`;
  const body =
    verb === "bind"
      ? {
          roleRef: { apiGroup: rbac, kind, name: "much" },
          subjects: [{ apiGroup: rbac, kind: "User", name: "me" }],
        }
      : { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["secrets"] }] };
  return {
    ...{ verb, group: rbac, resource: `${kind.toLowerCase()}s`, gain: "another's rights" },
    with: [rule("create", rbac, plural)],
    attempt: (holder) => post(holder, path, { metadata: { name: "trial" }, ...body }),
  };
}

const whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

/** Asks who it is, as somebody else. */
const impersonating = (
  right: { verb?: string; group?: string; resource: string },
  headers: Record<string, string>,
  companions: RoleRule[] = [],
): VerbTrial => ({
  ...{ verb: "impersonate", group: "", ...right, gain: "another's rights", with: companions },
  attempt: (holder) => post(holder, whoAmI, {}, headers),
});

/** Makes a bootstrap token, and signs in with it. */
const bootstrapping: VerbTrial = {
  ...{ verb: "create", group: "", resource: "secrets", gain: "another's rights", with: [] },
  async attempt(holder, { signIn }) {
    const [id, secret] = ["abcdef", "0123456789abcdef"];
    const answer = await holder.request({
      method: "POST",
      path: `/api/v1/namespaces/${systemNamespace}/secrets`,
      body: {
        metadata: { name: `bootstrap-token-${id}` },
        type: "bootstrap.kubernetes.io/token",
        stringData: { "token-id": id, "token-secret": secret, "usage-bootstrap-authentication": "true" },
      },
    });
    if (answer.status >= 300 && answer.status !== 409) return answer;
    return post(await signIn(`${id}.${secret}`), whoAmI, {});
  },
};

/** Writes the configuration of a part of the cluster. */
const configuring: VerbTrial = {
  ...{ verb: "create", group: "", resource: "configmaps", gain: "a configuration of the cluster", with: [] },
  attempt: (holder) =>
    post(holder, `/api/v1/namespaces/${systemNamespace}/configmaps`, {
      metadata: { name: "coredns-custom" },
    }),
};

/** Has a request of its own signed for a client of the API server. */
function signing(verb: "approve" | "sign"): VerbTrial {
  const subresource = verb === "approve" ? "approval" : "status";
  return {
    ...{ verb, group: "certificates.k8s.io", resource: "signers", gain: "another's rights" },
    with: [rule("update", "certificates.k8s.io", `certificatesigningrequests/${subresource}`)],
    async attempt(holder, { admin }) {
      const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
        "sign",
        "verify",
      ]);
      const request = await Pkcs10CertificateRequestGenerator.create({
        name: "CN=administrator, O=system:masters-to-be",
        keys,
        signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      });
      const made = await create<{ metadata: { name: string }; status: object }>(admin, csrPath, {
        metadata: { generateName: "trial-" },
        spec: {
          request: btoa(request.toString("pem")),
          signerName: "kubernetes.io/kube-apiserver-client",
          usages: ["client auth"],
        },
      });
      const status =
        verb === "approve"
          ? { conditions: [{ type: "Approved", status: "True", reason: "Trial", message: "trial" }] }
          : { conditions: [{ type: "Failed", status: "True", reason: "Trial", message: "trial" }] };
      return holder.request({
        method: "PUT",
        path: `${csrPath}/${made.metadata.name}/${subresource}?dryRun=All`,
        body: { ...made, status },
      });
    },
  };
}

export const verbTrials: VerbTrial[] = [
  roleTrial("bind", "ClusterRole"),
  roleTrial("bind", "Role"),
  roleTrial("escalate", "ClusterRole"),
  roleTrial("escalate", "Role"),
  impersonating({ resource: "users" }, { "Impersonate-User": "administrator" }),
  impersonating({ resource: "groups" }, { "Impersonate-User": "a", "Impersonate-Group": "administrators" }, [
    rule("impersonate", "", "users"),
  ]),
  impersonating(
    { resource: "serviceaccounts" },
    { "Impersonate-User": `system:serviceaccount:${namespace}:strong` },
  ),
  impersonating(
    { verb: "impersonate:user-info", group: "authentication.k8s.io", resource: "users" },
    { "Impersonate-User": "administrator" },
    [rule("impersonate-on:user-info:create", "authentication.k8s.io", "selfsubjectreviews")],
  ),
  bootstrapping,
  configuring,
  signing("approve"),
  signing("sign"),
];
