import { projectSpec } from "../../../../components/gitops/argoCd.js";
import { applicationKinds } from "../../../../components/gitops/kinds.js";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer, type SecureVersion } from "node:tls";
import { listen } from "../../../../cli/kit/listen.js";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { attributesOf, type Rights } from "../../../../cli/verify/checks/access/reviews.js";
import * as allRights from "../../../../cli/verify/checks/access/rights.js";
import { named, type Answer } from "../fakeTarget.js";
import { answering as trying, bindingPath, isolating, judging, policies, warned } from "./admission.js";
import { pair, type Pair, type Pairs } from "./pair.js";
import { selfSignedPair } from "./selfSigned.js";

export const slices = "/apis/discovery.k8s.io/v1/endpointslices";
export const slice = (service: string, namespace: string, addresses: string[], port = 6443) => ({
  metadata: { name: `${service}-x`, namespace, labels: { "kubernetes.io/service-name": service } },
  endpoints: [{ addresses }],
  ports: [{ port }],
});
export const own = (...addresses: string[]) => slice("kubernetes", "default", addresses);
export const shop = {
  name: "shop",
  repository: "https://example.com/shop.git",
  path: "deploy",
  namespace: "shop",
};
export const projectSettings = { "access.argocd": { enabled: true, applications: [shop] } };
export const path = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/default";
export const server = "https://kubernetes.default.svc";
export const spec = {
  description: "of its writer",
  sourceRepos: [shop.repository],
  destinations: [{ server, namespace: "shop" }],
  clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "shop" }],
  namespaceResourceWhitelist: projectSpec([], applicationKinds).namespaceResourceWhitelist!,
};
export const project = (change: object = {}) => ({
  [path]: named("default", { spec: { ...spec, ...change } }),
});

export const health = ["/livez", "/readyz", "/healthz"];
export const answering = (status: (path: string) => number): Record<string, Answer> =>
  Object.fromEntries(
    [
      ...health,
      "/version",
      "/api",
      "/apis",
      "/openapi/v2",
      "/openapi/v3",
      "/metrics",
      "/api/v1/namespaces",
      "/api/v1/secrets",
      "/api/v1/namespaces/kube-public/configmaps/cluster-info",
    ].map((path) => [
      path,
      ({ anonymous }: ApiRequest) => ({ status: anonymous ? status(path) : 200, body: "{}" }),
    ]),
  );

const rbac = "/apis/rbac.authorization.k8s.io/v1";
/** A role that a ServiceAccount of this namespace and name holds everywhere. */
const holding = (rules: object[], namespace: string, name: string): Record<string, Answer> => ({
  [`${rbac}/clusterroles`]: [named("role", { rules })],
  [`${rbac}/roles`]: [],
  [`${rbac}/clusterrolebindings`]: [
    named("given", {
      roleRef: { kind: "ClusterRole", name: "role" },
      subjects: [{ kind: "ServiceAccount", namespace, name }],
    }),
  ],
  [`${rbac}/rolebindings`]: [],
});

const textOf = (right: object): string => JSON.stringify(right, Object.keys(right).sort());
/** ServiceAccounts with the rights they should have, and perhaps with one that they must not. */
function reviewing(...all: Rights[]): Pair {
  const [right] = all.at(-1)!.mayNot.length > 0 ? all.at(-1)!.mayNot : all.at(-1)!.may;
  const isExtra = all.at(-1)!.mayNot.includes(right!);
  return pair(
    (changed) => ({
      answers: {
        ...Object.fromEntries(
          all.map(({ namespace, serviceAccount }) => [
            `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}`,
            named(serviceAccount),
          ]),
        ),
        "/api/v1/namespaces": [named("default")],
        "POST /apis/authorization.k8s.io/v1/subjectaccessreviews": ({ body }: ApiRequest) => {
          const { user, resourceAttributes } = (
            body as { spec: { user: string; resourceAttributes: object } }
          ).spec;
          const rights = all.find(
            ({ namespace, serviceAccount }) =>
              user === `system:serviceaccount:${namespace}:${serviceAccount}`,
          )!;
          const asked = textOf(resourceAttributes);
          const isChanged = changed && rights === all.at(-1) && asked === textOf(attributesOf(right!));
          const allowed = isChanged ? isExtra : rights.may.some((may) => textOf(attributesOf(may)) === asked);
          return { status: 201, body: JSON.stringify({ status: { allowed } }) };
        },
      },
    }),
    false,
    true,
  );
}

const kubeconfig = (user: string) => `kind: Config\nusers:\n  - user:\n      ${user}\n`;
const argoCd = "argocd";

export const unauthorizedAccess: Pairs = {
  "The API server is not public": pair(
    (address) => ({ answers: { [slices]: [own(address)] } }),
    "10.0.0.1",
    "203.0.114.1",
  ),
  "Kubeconfigs are closed": pair(
    (mode, folder) => {
      const file = join(folder, "config");
      writeFileSync(file, "", { mode });
      return { options: { kubeconfigs: [file] } };
    },
    0o600,
    0o640,
  ),
  "No kubeconfig lies in the cluster": pair(
    (user) => ({
      answers: { "/api/v1/configmaps": [named("a", { data: { config: kubeconfig(user) } }, "x")] },
    }),
    "tokenFile: /var/run/secrets/token",
    "token: abc",
  ),
  "Anonymous requests": pair(
    (version) => ({
      answers: answering((path) => (health.includes(path) ? 200 : path === "/version" ? version : 401)),
    }),
    401,
    200,
  ),
  "TLS below 1.2": pair<SecureVersion>(
    async (minVersion) => {
      const server = createServer({
        ...(await selfSignedPair()),
        minVersion,
        ciphers: "DEFAULT:@SECLEVEL=0",
      });
      // Clients that end the connection at once are no matter here.
      server.on("tlsClientError", () => {});
      return {
        server: new URL(`https://127.0.0.1:${await listen(server)}`),
        close: () => void server.close(),
      };
    },
    "TLSv1.2",
    "TLSv1",
  ),
  "Nobody holds cluster-admin": pair(
    (name) => ({ answers: holding([{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }], "velero", name) }),
    "velero-server",
    "default",
  ),
  "Nobody else reads Secrets": pair(
    (name) => ({
      answers: holding([{ verbs: ["get"], apiGroups: [""], resources: ["secrets"] }], "cert-manager", name),
    }),
    "cert-manager",
    "default",
  ),
  "The API server judges": pair<object>(
    (actions) => ({
      answers: policies((path, spec) =>
        path === bindingPath("cluster-security-images") ? { ...spec, ...actions } : spec,
      ),
      options: { settings: isolating },
    }),
    {},
    { validationActions: ["Warn", "Audit"] },
  ),
  "What runs in isolated namespaces": pair<object>(
    (answer) => ({ answers: trying(() => answer), options: { settings: isolating } }),
    {},
    warned("not one version: nginx"),
  ),
  "What else exists": pair<object>(
    (answer) => ({
      answers: judging((title) => (title === "Service web" ? answer : {})),
      options: { settings: isolating },
    }),
    {},
    warned("opens a port of the nodes into apps"),
  ),
  "The Sealed Secrets controller's": reviewing(allRights.sealedSecretsRights),
  "cert-manager's RBAC": reviewing(allRights.certManagerRights, allRights.certManagerWebhookRights),
  "Velero runs with cluster-admin": reviewing(allRights.veleroRights, allRights.veleroNeighbourRights),
  "ArgoCD's application controller": reviewing(
    allRights.argoCdControllerRights(argoCd),
    allRights.argoCdServerRights(argoCd),
    allRights.argoCdRepoServerRights(argoCd),
  ),
  "ArgoCD's project admits": pair(
    (more) => ({
      answers: project({ sourceRepos: [shop.repository, ...more] }),
      options: { settings: projectSettings },
    }),
    [],
    ["https://example.com/stranger.git"],
  ),
  "An application's pods": reviewing(allRights.applicationRights("default")),
};
