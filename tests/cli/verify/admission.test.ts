import assert from "node:assert/strict";
import { fakeTarget, findingOf, named, type Answer } from "./fakeTarget.js";
import {
  answering,
  bindingPath,
  isolating as set,
  podsOfApps as pods,
  policies,
  policyPath,
  warned,
} from "./pairs/admission.js";

const find = (claim: string, answers: Record<string, Answer>, more: object = {}) => {
  const target = fakeTarget(answers, { settings: { ...set, ...more } });
  return findingOf("Unauthorized cluster access", claim, target).then((finding) => ({ finding, target }));
};

describe("the admission policies of a cluster", () => {
  const claim = "The API server judges";

  it("are those of the stack, and are only looked at", async () => {
    const { finding, target } = await find(claim, policies());
    assert.deepEqual(finding, {
      status: "proved",
      evidence:
        "cluster-security-images, cluster-security-host-access, cluster-security-administrators, cluster-security-roles, " +
        "cluster-security-network-policies, cluster-security-services, cluster-security-sealing, cluster-security-hosts: as the stack makes them, " +
        "with Deny and Audit (access.admission.action deny)",
    });
    for (const { method = "GET", path } of target.api.requests)
      if (method !== "GET") assert.match(path, /\?dryRun=All$/);
  });

  const images = "cluster-security-images";
  const cases: [name: string, change: (path: string, spec: any) => object | undefined, evidence: string][] = [
    [
      "a binding is gone",
      (path, spec) => (path === bindingPath(images) ? undefined : spec),
      `there is no ValidatingAdmissionPolicyBinding ${images}; run pulumi up --refresh`,
    ],
    [
      "a policy is gone",
      (path, spec) => (path === policyPath(images) ? undefined : spec),
      `there is no ValidatingAdmissionPolicy ${images}; run pulumi up --refresh`,
    ],
    [
      "a binding only warns",
      (path, spec) =>
        path === bindingPath(images) ? { ...spec, validationActions: ["Warn", "Audit"] } : spec,
      `ValidatingAdmissionPolicyBinding ${images} is not as the stack makes it: validationActions are Warn and Audit; run pulumi up --refresh`,
    ],
    [
      "a namespace is left out, and an expression changed",
      (path, spec) =>
        path === bindingPath(images)
          ? { ...spec, matchResources: {} }
          : path === policyPath(images)
            ? { ...spec, validations: [] }
            : spec,
      `ValidatingAdmissionPolicy ${images} is not as the stack makes it: validations; run pulumi up --refresh; ` +
        `ValidatingAdmissionPolicyBinding ${images} is not as the stack makes it: matchResources; run pulumi up --refresh`,
    ],
    [
      "a policy looks at less",
      (path, spec) => (path === policyPath(images) ? { ...spec, matchConditions: [{ name: "x" }] } : spec),
      `ValidatingAdmissionPolicy ${images} is not as the stack makes it: matchConditions; run pulumi up --refresh`,
    ],
  ];
  for (const [name, change, evidence] of cases) {
    it(`fail when ${name}`, async () => {
      const { finding } = await find(claim, policies(change));
      assert.deepEqual(finding, { status: "failed", evidence });
    });
  }

  it("warn where the settings say so", async () => {
    const { finding } = await find(claim, policies(), { "access.admission.action": "warn" });
    assert.equal(finding.status, "failed");
    assert.match(finding.evidence, /validationActions are Deny and Audit; run pulumi up --refresh/);
  });
});

describe("what runs in isolated namespaces", () => {
  const claim = "What runs in isolated namespaces";
  const refused = (message: string) => ({ status: 403, body: JSON.stringify({ message }) });
  const denied = (reason: string) =>
    refused(
      `pods "x" is forbidden: ValidatingAdmissionPolicy 'cluster-security-images' with binding 'cluster-security-images' denied request: ${reason}`,
    );

  it("is judged by a pod of each, by what is uppermost, and none is made", async () => {
    const { finding, target } = await find(
      claim,
      answering(() => ({})),
    );
    assert.deepEqual(finding, {
      status: "proved",
      evidence: "5 workloads in apps: each may make its pods anew",
    });
    const asked = target.api.requests.filter(({ method }) => method === "POST");
    for (const { path } of asked) assert.equal(path, `${pods}?dryRun=All`);
    const bodies = asked.map(({ body }) => body as any);
    assert.deepEqual(
      bodies.map(({ metadata }) => metadata.generateName),
      ["web-", "db-", "canary-1-", "nightly-", "postgres-1-"],
    );
    assert.deepEqual(bodies[0], {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: "web-", namespace: "apps", labels: { app: "web" }, annotations: undefined },
      spec: { containers: [{ name: "web" }], volumes: [] },
    });
    assert.deepEqual(bodies[1].spec.volumes, [
      { name: "data", persistentVolumeClaim: { claimName: "data" } },
    ]);
    assert.equal(bodies[4].spec.ephemeralContainers, undefined);
  });

  it("would not come back, by a warning or a refusal", async () => {
    const { finding } = await find(
      claim,
      answering((name) => (name === "web-" ? warned("not one version: nginx; …") : {})),
      { "access.admission.action": "warn" },
    );
    assert.deepEqual(finding, {
      status: "failed",
      evidence:
        "would not come back under deny once their pods end: Deployment apps/web: not one version: nginx; …",
    });
    const deny = await find(
      claim,
      answering((name) => (name === "nightly-" ? denied("privileged: web") : {})),
    );
    assert.deepEqual(deny.finding, {
      status: "failed",
      evidence: "do not come back once their pods end: CronJob apps/nightly: privileged: web",
    });
  });

  it("is not judged by a quota, and left open where something else refuses", async () => {
    const quota = await find(
      claim,
      answering(() => refused('pods "x" is forbidden: exceeded quota: apps')),
    );
    assert.equal(quota.finding.status, "proved");
    const { finding } = await find(
      claim,
      answering((name) => (name === "db-" ? refused("a webhook does not support dry run") : {})),
    );
    assert.deepEqual(finding, {
      status: "unchecked",
      evidence: "could not be tried: StatefulSet apps/db: a webhook does not support dry run",
    });
  });

  it("cannot be judged without the policies", async () => {
    const { finding } = await find(claim, {
      ...answering(() => ({})),
      [bindingPath("cluster-security-host-access")]: () => ({ status: 404, body: "{}" }),
    });
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^there is no ValidatingAdmissionPolicyBinding cluster-security-host-access,/,
    );
  });

  it("may be nothing", async () => {
    const { finding } = await find(claim, { ...policies(), "/api/v1/namespaces": [named("apps")] });
    assert.deepEqual(finding, {
      status: "proved",
      evidence: "there is no workload in an isolated namespace",
    });
  });
});
