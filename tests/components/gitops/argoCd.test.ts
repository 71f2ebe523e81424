import assert from "node:assert/strict";
import { AppProject } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject";
import { Application } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application";
import * as pulumi from "@pulumi/pulumi";
import {
  ArgoCd,
  applicationSpec,
  projectSpec,
  type ArgoCdApplication,
} from "../../../components/gitops/argoCd.js";
import { applicationKinds, powerfulKinds } from "../../../components/gitops/kinds.js";
import { capture } from "../../kit/capture.js";

const projectType = "kubernetes:argoproj.io/v1alpha1:AppProject";
const applicationType = "kubernetes:argoproj.io/v1alpha1:Application";

describe("ArgoCd", () => {
  const backstage: ArgoCdApplication = {
    name: "backstage",
    repository: "https://github.com/igfurlan/backstage-gitops.git",
    revision: "main",
    path: "overlays/production",
    namespace: "backstage",
  };
  const wiki: ArgoCdApplication = {
    name: "wiki",
    repository: "https://github.com/igfurlan/another.git",
    revision: "v1.2.3",
    path: "wiki",
    namespace: "apps",
  };
  const make = (project: string, applications: ArgoCdApplication[], preview = false) =>
    capture(() => new ArgoCd("argocd", { namespace: pulumi.output("argocd"), project, applications }), {
      preview,
    });

  it("takes over the spec of ArgoCD's own project without owning the project", async () => {
    const run = await make("default", [backstage]);
    assert.deepEqual(run.ofType(projectType), []);
    const project = run.one(`${projectType}Patch`, "argocd-project");
    assert.equal(project.parent, "argocd");
    assert.deepEqual(project.inputs, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: {
        name: "default",
        namespace: "argocd",
        annotations: { "pulumi.com/patchForce": "true" },
      },
      spec: projectSpec([backstage]),
    });
    assert.deepEqual(run.one("cluster-security:access:ArgoCd").outputs, { project: "default" });
  });

  it("owns a project of another name", async () => {
    const run = await make("homelab", [backstage]);
    assert.equal(run.one(projectType).inputs["metadata"].name, "homelab");
    assert.deepEqual(run.ofType(`${projectType}Patch`), []);
    assert.deepEqual(run.one("cluster-security:access:ArgoCd").outputs, { project: "homelab" });
  });

  it("limits the project to the given kinds", async () => {
    const run = await capture(
      () =>
        new ArgoCd("argocd", {
          namespace: "argocd",
          project: "default",
          applications: [backstage],
          kinds: ["ConfigMap"],
        }),
    );
    assert.deepEqual(run.one(`${projectType}Patch`).inputs["spec"], projectSpec([backstage], ["ConfigMap"]));
  });

  it("makes an Application for each, once its project is limited", async () => {
    const run = await make("default", [backstage, wiki]);
    assert.equal(run.ofType(applicationType).length, 2);
    const application = run.one(applicationType, "argocd-backstage");
    assert.equal(application.parent, "argocd");
    assert.deepEqual(application.dependencies, ["argocd-project"]);
    assert.deepEqual(application.inputs, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "backstage", namespace: "argocd" },
      spec: {
        project: "default",
        source: {
          repoURL: "https://github.com/igfurlan/backstage-gitops.git",
          targetRevision: "main",
          path: "overlays/production",
        },
        destination: { server: "https://kubernetes.default.svc", namespace: "backstage" },
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ["CreateNamespace=true"],
        },
      },
    });
    assert.equal(run.one(applicationType, "argocd-wiki").inputs["spec"].source.targetRevision, "v1.2.3");
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual(
      (await make("default", [backstage, wiki], true)).shape(),
      (await make("default", [backstage, wiki])).shape(),
    );
  });

  it("gives ArgoCD no rights", async () => {
    const run = await make("default", [backstage, wiki]);
    const rbac = run.resources.filter(({ type }) => type.includes("rbac.authorization.k8s.io"));
    assert.deepEqual(rbac, []);
  });

  describe("the project", () => {
    it("admits the listed repositories and namespaces, once each and in order", () => {
      assert.deepEqual(projectSpec([backstage, wiki, { ...wiki, name: "again", namespace: "backstage" }]), {
        description: "Limited to the applications that cluster-security lists.",
        sourceRepos: [
          "https://github.com/igfurlan/another.git",
          "https://github.com/igfurlan/backstage-gitops.git",
        ],
        destinations: [
          { server: "https://kubernetes.default.svc", namespace: "apps" },
          { server: "https://kubernetes.default.svc", namespace: "backstage" },
        ],
        clusterResourceWhitelist: [
          { group: "", kind: "Namespace", name: "apps" },
          { group: "", kind: "Namespace", name: "backstage" },
        ],
      });
    });

    it("admits nothing when nothing is listed", () => {
      const { sourceRepos, destinations, clusterResourceWhitelist } = projectSpec([]);
      assert.deepEqual([sourceRepos, destinations, clusterResourceWhitelist], [[], [], []]);
    });

    it("has no wildcard", () => {
      assert.doesNotMatch(JSON.stringify(projectSpec([backstage, wiki], applicationKinds)), /\*/);
    });

    it("admits the given kinds, each in its group", () => {
      assert.deepEqual(
        projectSpec([backstage], ["Job.batch", "ConfigMap", "SealedSecret.bitnami.com", "Job.batch"])
          .namespaceResourceWhitelist,
        [
          { group: "", kind: "ConfigMap" },
          { group: "batch", kind: "Job" },
          { group: "bitnami.com", kind: "SealedSecret" },
        ],
      );
    });

    it("admits no kind at all where the list is empty, and any where there is none", () => {
      assert.deepEqual(projectSpec([backstage], []).namespaceResourceWhitelist, []);
      assert.equal("namespaceResourceWhitelist" in projectSpec([backstage]), false);
    });

    it("admits no kind of its own accord that opens more than an application needs", () => {
      for (const kind of Object.keys(powerfulKinds))
        assert.equal(applicationKinds.includes(kind), false, kind);
    });
  });

  it("writes objects that ArgoCD's schema accepts", () => {
    const metadata = { name: "x", namespace: "argocd" };
    new AppProject({ metadata, spec: projectSpec([backstage, wiki], applicationKinds) }).validate();
    new Application({ metadata, spec: applicationSpec("default", backstage) }).validate();
  });
});
