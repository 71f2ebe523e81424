import { secret, unknown } from "../../../../cli/plan/providers/values.js";
import type { Sent } from "./sent.js";

export const release = "kubernetes:helm.sh/v3:Release";
export const binding = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding";
export const bucket = "oci:ObjectStorage/bucket:Bucket";
export const token = "cloudflare:index/apiToken:ApiToken";
export const guest = { kind: "ServiceAccount", namespace: "web", name: "guest" };

export const cases: Record<string, [sent: Sent, policies: string[]]> = {
  "a credential in values": [
    { type: release, props: { version: "1.0.0", values: { password: "x" } } },
    ["no-credential-in-helm-values"],
  ],
  "Harbor's own passwords": [
    { type: release, props: { chart: "harbor", version: "1.0.0" } },
    Array<string>(5).fill("no-published-password"),
  ],
  "a range of versions": [{ type: release, props: { version: "^1.0.0" } }, ["versions-pinned"]],
  "a namespace made by Helm": [
    { type: release, props: { version: "1.0.0", createNamespace: true } },
    ["namespaces-labelled"],
  ],
  "an unpinned image": [
    {
      type: "kubernetes:apps/v1:Deployment",
      props: { kind: "Deployment", spec: { template: { spec: { containers: [{ image: "a:latest" }] } } } },
    },
    ["versions-pinned"],
  ],
  "an unlisted cluster-admin": [
    {
      type: binding,
      props: {
        kind: "ClusterRoleBinding",
        roleRef: { kind: "ClusterRole", name: "cluster-admin" },
        subjects: [guest],
      },
    },
    ["cluster-admins-listed"],
  ],
  "an unlabelled namespace": [
    { type: "kubernetes:core/v1:Namespace", props: { kind: "Namespace", metadata: { name: "a" } } },
    ["namespaces-labelled"],
  ],
  "a patch of a foreign namespace": [
    { type: "kubernetes:core/v1:NamespacePatch", props: { kind: "Namespace", metadata: { name: "a" } } },
    [],
  ],
  "a protected bucket": [
    { type: bucket, protect: true, props: { accessType: "NoPublicAccess", versioning: "Enabled" } },
    [],
  ],
  "an unprotected bucket": [
    { type: bucket, props: { accessType: "NoPublicAccess", versioning: "Enabled" } },
    ["bucket-private-and-protected"],
  ],
  "a pre-authenticated request": [
    { type: "oci:ObjectStorage/preauthrequest:Preauthrequest", props: {} },
    ["bucket-private-and-protected"],
  ],
  "a token for everything": [
    {
      type: token,
      props: { expiresOn: "2027-01-01T00:00:00Z", policies: [{ effect: "allow", resources: "{}" }] },
    },
    ["token-limited-to-one-zone"],
  ],
  "a token of an account": [
    { type: "cloudflare:index/accountToken:AccountToken", props: { policies: unknown } },
    ["token-limited-to-one-zone"],
  ],
  "an unprotected sealing key": [
    {
      type: "tls:index/privateKey:PrivateKey",
      parents: "cluster-security:secrets:SealingKeys$",
      props: {},
    },
    ["guarding-keys-protected"],
  ],
  "a generator whose id is the value": [
    { type: "random:index/randomBytes:RandomBytes", props: { length: 32 } },
    ["no-secret-in-an-id"],
  ],
  "a secret name of an object": [
    { type: "kubernetes:core/v1:ConfigMap", props: { metadata: { name: secret("x"), namespace: "a" } } },
    ["no-secret-in-an-id"],
  ],
  "anything else": [{ type: "random:index/randomPassword:RandomPassword", props: { length: 32 } }, []],
  "a component": [{ type: "cluster-security:addon:Addon", props: {} }, []],
};
