import assert from "node:assert/strict";
import { notYetKnown } from "../../policy/resource.js";
import { checkObject, checkRelease } from "../../policy/rules/pinnedVersions.js";

const digest = `sha256:${"a1".repeat(32)}`;
const inexact = (at: string, shown: string) =>
  `${at} is ${shown}, which may be another chart tomorrow; only an exact version such as 1.19.1 is allowed. ` +
  "Write down the version that was tested.";
const moving = (at: string, shown: string) =>
  `${at} is ${shown}, which may be another image tomorrow; only a fixed tag or a digest is allowed. ` +
  "Write down the tag or digest that was tested.";

describe("policy: versions pinned", () => {
  const versions: [version: unknown, shown: string | undefined][] = [
    ["1.19.1", undefined],
    ["v1.21.1", undefined],
    ["1.0.0-rc.1+build.5", undefined],
    [notYetKnown, undefined],
    [undefined, "nothing"],
    ["", '""'],
    ["1.19", '"1.19"'],
    ["^1.19.1", '"^1.19.1"'],
    ["~1.19.1", '"~1.19.1"'],
    [">=1.19.1", '">=1.19.1"'],
    ["1.19.x", '"1.19.x"'],
    ["1.19.1 || 1.20.0", '"1.19.1 || 1.20.0"'],
    ["*", '"*"'],
    ["latest", '"latest"'],
    [1.19, "1.19"],
  ];
  for (const [version, shown] of versions) {
    it(`${shown ? "refuses" : "passes"} chart version ${String(version)}`, () => {
      assert.deepEqual(checkRelease({ chart: "harbor", version }), shown ? [inexact("version", shown)] : []);
    });
  }
  it("asks a chart in a folder of the repository for no version", () => {
    assert.deepEqual(checkRelease({ chart: "./lab/charts/fixture" }), []);
  });

  const release = (values: unknown) => checkRelease({ chart: "a", version: "1.0.0", values });
  const refusedValues: [values: unknown, at: string, shown: string][] = [
    [{ image: "nginx" }, "values.image", '"nginx"'],
    [{ image: "nginx:latest" }, "values.image", '"nginx:latest"'],
    [{ image: "nginx:latest-alpine" }, "values.image", '"nginx:latest-alpine"'],
    [{ image: "registry:5000/nginx" }, "values.image", '"registry:5000/nginx"'],
    [{ initContainers: [{ image: "velero/plugin" }] }, "values.initContainers[0].image", '"velero/plugin"'],
    [{ image: { repository: "nginx", tag: "latest" } }, "values.image.tag", '"latest"'],
    [{ proxy: { imageTag: "main" } }, "values.proxy.imageTag", '"main"'],
    [{ sidecarImage: "busybox:stable" }, "values.sidecarImage", '"busybox:stable"'],
  ];
  for (const [values, at, shown] of refusedValues) {
    it(`refuses ${JSON.stringify(values)}`, () => assert.deepEqual(release(values), [moving(at, shown)]));
  }
  const passingValues: unknown[] = [
    undefined,
    { image: "nginx:1.29.1" },
    { image: `nginx@${digest}` },
    { image: `nginx:latest@${digest}` },
    { image: "registry:5000/nginx:1.29.1" },
    { image: { repository: "nginx", tag: "1.29.1" } },
    { image: { repository: "nginx", tag: "" } },
    { image: "nginx", imageTag: "1.29.1" },
    { image: "" },
    { image: "{{ .Values.global.image }}" },
    { tag: "release-1" },
  ];
  for (const values of passingValues) {
    it(`passes ${JSON.stringify(values)}`, () => assert.deepEqual(release(values), []));
  }
  it("passes values not yet known", () => {
    assert.deepEqual(release(notYetKnown), []);
    assert.deepEqual(release({ image: notYetKnown, tag: notYetKnown }), []);
  });

  const pod = (image: unknown, key = "containers") => ({
    kind: "Pod",
    spec: { [key]: [{ name: "a", image }] },
  });
  for (const key of ["containers", "initContainers", "ephemeralContainers"]) {
    it(`looks at ${key}`, () => {
      assert.deepEqual(checkObject(pod("nginx", key)), [moving(`spec.${key}[0].image`, '"nginx"')]);
    });
  }
  it("looks into the pod templates of every kind", () => {
    const template = { spec: { containers: [{ image: "a:1" }, { image: "b:edge" }] } };
    assert.deepEqual(checkObject({ kind: "CronJob", spec: { jobTemplate: { spec: { template } } } }), [
      moving("spec.jobTemplate.spec.template.spec.containers[1].image", '"b:edge"'),
    ]);
    assert.deepEqual(checkObject({ kind: "Rollout", spec: { template } }), [
      moving("spec.template.spec.containers[1].image", '"b:edge"'),
    ]);
  });
  it("looks at volumes made from images", () => {
    const volumes = [
      { name: "a", emptyDir: {} },
      { name: "b", image: { reference: "models" } },
    ];
    assert.deepEqual(checkObject({ kind: "Pod", spec: { volumes } }), [
      moving("spec.volumes[1].image.reference", '"models"'),
    ]);
  });
  it("refuses a digest that is cut short", () => {
    assert.deepEqual(checkObject(pod("nginx@sha256:abc")), [
      moving("spec.containers[0].image", '"nginx@sha256:abc"'),
    ]);
  });
  for (const image of ["nginx:1.29.1", `nginx@${digest}`, notYetKnown, undefined]) {
    it(`passes a container with ${String(image)}`, () => assert.deepEqual(checkObject(pod(image)), []));
  }
  it("leaves alone what is no pod", () => {
    const properties = { containers: { type: "array" }, image: { type: "string" } };
    assert.deepEqual(checkObject({ kind: "CustomResourceDefinition", spec: { properties } }), []);
    assert.deepEqual(checkObject({ kind: "ConfigMap", data: { image: "nginx" } }), []);
    assert.deepEqual(checkObject(null), []);
  });

  const application = (spec: object, apiVersion = "argoproj.io/v1alpha1") => ({
    apiVersion,
    kind: "Application",
    spec,
  });
  it("refuses a chart of an ArgoCD Application by range", () => {
    assert.deepEqual(checkObject(application({ source: { chart: "a", targetRevision: "1.*" } })), [
      inexact("spec.source.targetRevision", '"1.*"'),
    ]);
    const sources = [{ chart: "a", targetRevision: "1.2.3" }, { chart: "b" }];
    assert.deepEqual(checkObject(application({ sources })), [
      inexact("spec.sources[1].targetRevision", "nothing"),
    ]);
  });
  it("passes a Git branch of an ArgoCD Application, and Applications of other kinds", () => {
    assert.deepEqual(checkObject(application({ source: { path: "a", targetRevision: "main" } })), []);
    assert.deepEqual(checkObject(application({ source: { chart: "a" } }, "app.k8s.io/v1beta1")), []);
  });
});
