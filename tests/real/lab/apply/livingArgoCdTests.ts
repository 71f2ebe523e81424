import assert from "node:assert/strict";
import { argoCdProblem } from "../../../../stacks/livingArgoCd.js";
import { parseSettings } from "../../../../stacks/settings/index.js";
import { rawSettings } from "../../../stacks/settings/fixtures.js";
import { runProgram, type LivingLab } from "./livingLab.js";

const text = { type: "string" };

/** The definition of AppProject, as far as it matters here. */
function definition(entry: object) {
  const list = {
    type: "array",
    items: { type: "object", properties: { group: text, kind: text, ...entry } },
  };
  const spec = { type: "object", properties: { clusterResourceWhitelist: list } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: "appprojects.argoproj.io",
      annotations: { "api-approved.kubernetes.io": "unapproved, a test" },
    },
    spec: {
      group: "argoproj.io",
      names: {
        kind: "AppProject",
        plural: "appprojects",
        singular: "appproject",
        listKind: "AppProjectList",
      },
      scope: "Namespaced",
      versions: [
        {
          ...{ name: "v1alpha1", served: true, storage: true },
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
        },
      ],
    },
  };
}

const labels = { "app.kubernetes.io/name": "argocd-server" };
const server = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "argocd-server", namespace: "argocd", labels },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: "argocd-server", image: "quay.io/argoproj/argocd:v3.2.1" }] },
    },
  },
};

/** The ArgoCD of a cluster. */
export function argoCdTests(lab: LivingLab): void {
  before(() => lab.cluster.kubectl(["create", "namespace", "argocd"]));
  afterEach(() =>
    lab.cluster.kubectl([
      "delete",
      "--ignore-not-found",
      "crd/appprojects.argoproj.io",
      "--namespace=argocd",
    ]),
  );

  const send = (object: object) =>
    lab.cluster.kubectl(["apply", "--filename=-"], { input: JSON.stringify(object) });
  const enabled = { "access.argocd.enabled": true };
  const problemOf = (set: Record<string, unknown>) =>
    argoCdProblem(parseSettings(rawSettings({ set }), "home").settings, {
      kubeconfig: lab.kubeconfig,
    });

  it("is not looked at where it is not managed", async () => {
    assert.equal(await problemOf({}), undefined);
  });

  it("has to be there", async () => {
    assert.equal(
      await problemOf(enabled),
      `access.argocd: the cluster has no ArgoCD: it does not know AppProjects. This needs ArgoCD 3.3 or later; nothing was changed.
  install it: https://argo-cd.readthedocs.io/en/stable/operator-manual/installation/
  or go on without it for now: set access.argocd.enabled: false`,
    );
  });

  it("before 3.3 stops the program before anything is registered, with the version and the mend", async () => {
    await send(definition({}));
    assert.match(
      (await problemOf(enabled))!,
      /ArgoCD's server in argocd is not there\. This needs ArgoCD 3\.3/,
    );
    await send(server);
    const problem = `access.argocd: the definition of AppProject in the cluster cannot limit namespaces by name; ArgoCD's server in argocd is quay.io/argoproj/argocd:v3.2.1. This needs ArgoCD 3.3 or later; nothing was changed.
  upgrade it with its definitions: https://argo-cd.readthedocs.io/en/stable/operator-manual/upgrading/overview/
  or go on without it for now: set access.argocd.enabled: false`;
    assert.equal(await problemOf(enabled), problem);
    const said = await runProgram(enabled, { KUBECONFIG: lab.kubeconfig });
    assert.ok(said.includes(problem), said);
    assert.doesNotMatch(said, /node_modules\/@pulumi\/pulumi\/runtime\//, "the program registers nothing");
  });

  it("of 3.3 is taken", async () => {
    await send(definition({ name: text }));
    assert.equal(await problemOf(enabled), undefined);
  });

  it("of an API server that does not answer is not known", async () => {
    await assert.rejects(
      argoCdProblem(parseSettings(rawSettings({ set: enabled }), "home").settings, {
        kubeconfig: "/nowhere/kubeconfig",
      }),
      /^Error: Whether the cluster's ArgoCD is 3\.3 or later is not known, so pulumi up changes nothing: /,
    );
  });
}
