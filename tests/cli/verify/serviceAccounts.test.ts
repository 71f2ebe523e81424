import assert from "node:assert/strict";
import { attributesOf, reviewed } from "../../../cli/verify/checks/access/reviews.js";
import * as allRights from "../../../cli/verify/checks/access/rights.js";
import type { ApiRequest } from "../../../stacks/kubernetes/api.js";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";
import { find } from "./accessClaims.js";
import { project, projectSettings as settings, server, shop, spec } from "./pairs/unauthorizedAccess.js";

describe("a right", () => {
  const cases: [right: string, attributes: object][] = [
    ["get secrets", { verb: "get", group: "", resource: "secrets" }],
    ["* *.*", { verb: "*", group: "*", resource: "*" }],
    ["create pods/exec", { verb: "create", group: "", resource: "pods", subresource: "exec" }],
    [
      "update sealedsecrets.bitnami.com/status",
      { verb: "update", group: "bitnami.com", resource: "sealedsecrets", subresource: "status" },
    ],
    ["list secrets in velero", { verb: "list", group: "", resource: "secrets", namespace: "velero" }],
    [
      "get services/proxy in kube-system named http:x:http",
      {
        verb: "get",
        group: "",
        resource: "services",
        subresource: "proxy",
        namespace: "kube-system",
        name: "http:x:http",
      },
    ],
  ];
  for (const [right, attributes] of cases) {
    it(right, () => assert.deepEqual(attributesOf(right), attributes));
  }

  it("of another form is none", () => {
    for (const text of ["secrets", "get", "get secrets of velero", "get secrets in"]) {
      assert.throws(() => attributesOf(text), /is not of the form: verb resource/, text);
    }
  });

  it("of the table is one, and not both given and refused", () => {
    const tables = [
      allRights.sealedSecretsRights,
      allRights.certManagerRights,
      allRights.certManagerWebhookRights,
      allRights.veleroRights,
      allRights.veleroNeighbourRights,
      allRights.applicationRights("apps"),
      allRights.argoCdControllerRights("argocd"),
      allRights.argoCdServerRights("argocd"),
      allRights.argoCdRepoServerRights("argocd"),
    ];
    for (const { may, mayNot } of tables) {
      assert.ok(may.length > 0);
      for (const right of [...may, ...mayNot]) assert.doesNotThrow(() => attributesOf(right));
      assert.deepEqual(
        may.filter((right) => mayNot.includes(right)),
        [],
      );
    }
  });
});

describe("a ServiceAccount's rights", () => {
  const rights = {
    namespace: "apps",
    serviceAccount: "web",
    may: ["get configmaps"],
    mayNot: ["get secrets", "create pods.example.com"],
  };
  const path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
  const allowing = (...resources: string[]): Record<string, Answer> => ({
    [`POST ${path}`]: ({ body }: ApiRequest) => {
      const { spec } = body as { spec: { resourceAttributes: { resource: string } } };
      return {
        status: 201,
        body: JSON.stringify({ status: { allowed: resources.includes(spec.resourceAttributes.resource) } }),
      };
    },
  });

  it("are asked of the API server, as the ServiceAccount with its groups", async () => {
    const target = fakeTarget(allowing("configmaps"));
    assert.deepEqual(await reviewed(target, rights), {
      status: "proved",
      evidence: "ServiceAccount apps/web may get configmaps; refused: get secrets, create pods",
    });
    assert.deepEqual(target.api.requests[0]!.body, {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: "system:serviceaccount:apps:web",
        groups: ["system:serviceaccounts", "system:serviceaccounts:apps", "system:authenticated"],
        resourceAttributes: { verb: "get", group: "", resource: "configmaps" },
      },
    });
    assert.equal(target.api.requests.length, 3);
  });

  it("fail when there is one too many or too few", async () => {
    assert.deepEqual(await reviewed(fakeTarget(allowing("secrets")), rights), {
      status: "failed",
      evidence: "ServiceAccount apps/web may not get configmaps; ServiceAccount apps/web may get secrets",
    });
  });

  it("are not asked for where the ServiceAccount does not exist", async () => {
    const brought = { ...rights, from: { absentMeans: "nobody brought it" } };
    assert.deepEqual(await reviewed(fakeTarget(allowing("configmaps")), brought), {
      status: "unchecked",
      evidence: "ServiceAccount apps/web does not exist: nobody brought it",
    });
    const ours = { ...rights, from: { chart: "velero" as const } };
    assert.equal((await reviewed(fakeTarget(allowing("configmaps")), ours)).status, "failed");
    const recorded = fakeTarget(allowing("configmaps"), { recorded: new Set(["velero" as const]) });
    assert.equal((await reviewed(recorded, ours)).status, "unchecked");
    const there = { ...allowing("configmaps"), "/api/v1/namespaces/apps/serviceaccounts/web": named("web") };
    assert.equal((await reviewed(fakeTarget(there), ours)).status, "proved");
  });

  it("that cannot be asked for are an error", async () => {
    const forbidden = { [`POST ${path}`]: () => ({ status: 403, body: '{"message":"you may not"}' }) };
    await assert.rejects(reviewed(fakeTarget(forbidden), rights), /subjectaccessreviews: you may not$/);
  });
});

describe("ArgoCD's project", () => {
  const claim = "ArgoCD's project admits";

  it("is limited", async () => {
    assert.deepEqual(await find(claim, project(), { settings }), {
      status: "proved",
      evidence: "AppProject argocd/default admits shop alone",
    });
  });

  const wider: [what: string, change: Record<string, unknown>][] = [
    ["another repository", { sourceRepos: [shop.repository, "https://example.com/stranger.git"] }],
    ["kube-system", { destinations: [...spec.destinations, { server, namespace: "kube-system" }] }],
    ["every kind without a namespace", { clusterResourceWhitelist: [{ group: "*", kind: "*" }] }],
    ["what ArgoCD begins with", { sourceRepos: ["*"] }],
    [
      "network policies",
      { namespaceResourceWhitelist: [{ group: "networking.k8s.io", kind: "NetworkPolicy" }] },
    ],
    ["namespaces that applications may be in", { sourceNamespaces: ["shop"] }],
  ];
  for (const [what, change] of wider) {
    it(`admits ${what}`, async () => {
      const [key] = Object.keys(change) as [keyof typeof spec];
      assert.deepEqual(await find(claim, project(change), { settings }), {
        status: "failed",
        evidence: `AppProject argocd/default has ${key} ${JSON.stringify(change[key])}, not ${JSON.stringify(spec[key] ?? [])}`,
      });
    });
  }

  it("admits every kind, which is as set on a cluster that exists", async () => {
    const any = project({ namespaceResourceWhitelist: undefined });
    assert.match(
      (await find(claim, any, { settings })).evidence,
      /has namespaceResourceWhitelist \[\], not \[/,
    );
    const existing = { ...settings, "cluster.existing": true };
    assert.equal((await find(claim, any, { settings: existing })).status, "proved");
  });

  it("is not there, or not wanted", async () => {
    assert.match((await find(claim, {}, { settings })).evidence, /ArgoCD is not installed here$/);
    assert.match((await find(claim, {})).evidence, /^the stack's settings leave ArgoCD out/);
  });
});

describe("applications", () => {
  it("are those of the settings that have a namespace, else what is in default", async () => {
    const settings = {
      "access.argocd.applications": [
        { name: "a", repository: "https://example.com/a.git", path: "a", namespace: "apps" },
        { name: "b", repository: "https://example.com/b.git", path: "b", namespace: "absent" },
      ],
    };
    const users = async (options?: FakeOptions) => {
      const target = fakeTarget(
        {
          "/api/v1/namespaces": [named("default"), named("apps")],
          "POST /apis/authorization.k8s.io/v1/subjectaccessreviews": () => ({
            status: 201,
            body: '{"status":{"allowed":false}}',
          }),
        },
        options,
      );
      await findingOf("Unauthorized cluster access", "An application's pods", target);
      const bodies = target.api.requests.flatMap(
        ({ body }) => (body as { spec: { user: string } } | undefined) ?? [],
      );
      return [...new Set(bodies.map(({ spec }) => spec.user))];
    };
    assert.deepEqual(await users({ settings }), ["system:serviceaccount:apps:default"]);
    assert.deepEqual(await users(), ["system:serviceaccount:default:default"]);
  });
});
