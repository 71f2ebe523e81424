import { randomBytes } from "node:crypto";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";

/** What must never leave the node, and is in the log: the page's policy writes the values of Secrets there. */
const hidden = [
  ...(["secret", "command", "attach", "forward", "proxy", "path", "node", "service", "refused"] as const),
  ...(["selector", "extra"] as const),
];
export const needles = Object.fromEntries(
  hidden.map((name) => [name, `${name}-${randomBytes(12).toString("hex")}`]),
) as Record<(typeof hidden)[number], string>;

const core = "/api/v1/namespaces/shipped";
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shipped";
const post = (path: string, body?: object): ApiRequest => ({ method: "POST", path, body });
const mergePatch = { "Content-Type": "application/merge-patch+json" };

/** Made by alice one after the other; nothing runs in the pods, which the API server finds out after it has written. */
export const activity: ApiRequest[] = [
  post(`${core}/secrets`, { metadata: { name: "kept" }, stringData: { needle: needles.secret } }),
  { path: `${core}/secrets/kept` },
  { path: `${core}/secrets` },
  { path: `${core}/secrets?watch=true&timeoutSeconds=1` },
  { path: `${core}/secrets?labelSelector=app%3D${needles.selector}` },
  {
    path: `${core}/secrets/kept`,
    headers: { "Impersonate-User": "bob", "Impersonate-Extra-reason": needles.extra },
  },
  post(`${core}/pods/none/exec?command=echo&command=${needles.command}&stdout=true`),
  { path: `${core}/pods/none/exec?command=${needles.command}` },
  post(`${core}/pods/none/attach?container=${needles.attach}`),
  post(`${core}/pods/none/portforward?ports=80&x=${needles.forward}`),
  { path: `${core}/pods/none/proxy/page/${needles.path}?token=${needles.proxy}` },
  { method: "PATCH", path: `${core}/pods/none/ephemeralcontainers`, body: {}, headers: mergePatch },
  { path: `${core}/services/none/proxy/page?token=${needles.service}` },
  { path: `/api/v1/nodes/none/proxy/run/shipped/none/main?cmd=${needles.node}` },
  post(`${rbac}/roles`, {
    metadata: { name: "reader" },
    rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
  }),
  { method: "DELETE", path: `${rbac}/roles/reader` },
  post("/apis/apps/v1/namespaces/shipped/deployments", {
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "example.com/web" }] },
      },
    },
  }),
  post(`${core}/configmaps`, { metadata: { name: "bad" }, data: { [`no key ${needles.refused}`]: "" } }),
  { path: "/version" },
  { method: "DELETE", path: `${core}/secrets/kept` },
];
