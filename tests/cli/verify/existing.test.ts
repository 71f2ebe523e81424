import assert from "node:assert/strict";
import { isNoWriter } from "../../../components/access/admission/networkPolicies.js";
import { fakeTarget, findingOf, type Answer } from "./fakeTarget.js";
import { bindingPath, isolating, judging, policies, servicesOfApps, warned } from "./pairs/admission.js";

const find = async (answers: Record<string, Answer>, more: object = {}) => {
  const target = fakeTarget(answers, { settings: { ...isolating, ...more } });
  return { finding: await findingOf("Unauthorized cluster access", "What else exists", target), target };
};
const nothing = () => ({});
const refused = (message: string) => ({ status: 403, body: JSON.stringify({ message }) });

describe("what exists and is judged when it is written", () => {
  it("is shown to the API server as if it were new, and not kept", async () => {
    const { finding, target } = await find(judging(nothing));
    assert.deepEqual(finding, {
      status: "proved",
      evidence: "3 objects (HTTPRoute, Service): each would be accepted anew",
    });
    const posts = target.api.requests.filter(({ method }) => method === "POST");
    for (const { path } of posts) assert.match(path, /\?dryRun=All$/);
    // As JSON, which leaves out what is undefined.
    const bodies = posts.map(({ body }) => JSON.parse(JSON.stringify(body)) as object);
    assert.deepEqual(bodies[0], {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "apps", labels: { app: "web" } },
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    });
    // Without it, the API server chooses other families of addresses.
    assert.deepEqual((bodies[1] as any).spec, { clusterIP: "None", clusterIPs: ["None"] });
    assert.deepEqual(bodies[2], {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "web", namespace: "other" },
      spec: { hostnames: ["a.example.com"] },
    });
  });

  it("reads no Secret, and no pod", async () => {
    const { target } = await find(judging(nothing));
    const read = target.api.requests.map(({ path }) => path);
    assert.deepEqual(
      read.filter((path) => /\/(secrets|pods|endpoints)(\?|$)/.test(path)),
      [],
    );
  });

  it("would be refused under deny, or is", async () => {
    const breaking = judging((title) => (title === "Service web" ? warned("opens a port") : {}));
    assert.deepEqual((await find(breaking, { "access.admission.action": "warn" })).finding, {
      status: "failed",
      evidence: "would be refused under deny when they are created anew: Service apps/web: opens a port",
    });
    const message =
      "ValidatingAdmissionPolicy 'cluster-security-hosts' with binding 'cluster-security-hosts' denied request: belongs to shop";
    const denied = judging((title) => (title === "HTTPRoute web" ? refused(message) : {}));
    assert.deepEqual((await find(denied)).finding, {
      status: "failed",
      evidence: "are refused when they are created anew: HTTPRoute other/web: belongs to shop",
    });
  });

  it("is left open where something else refuses", async () => {
    const { finding } = await find(
      judging((title) => (title === "Service db" ? refused("a webhook does not answer") : {})),
    );
    assert.deepEqual(finding, {
      status: "unchecked",
      evidence: "could not be tried: Service apps/db: a webhook does not answer",
    });
  });

  it("is left open where the user that asks may not write such an object", async () => {
    const aboutUser = `User auditor${isNoWriter} of isolated namespaces; write the flow into network.flows`;
    const message = `ValidatingAdmissionPolicy 'cluster-security-network-policies' with binding 'cluster-security-network-policies' denied request: ${aboutUser}`;
    for (const answer of [refused(message), warned(aboutUser)]) {
      const { finding } = await find(judging((title) => (title === "Service db" ? answer : {})));
      assert.deepEqual(finding, {
        status: "unchecked",
        evidence: `could not be tried: Service apps/db: ${aboutUser}`,
      });
    }
    const both = judging((title) => {
      if (title === "Service db") return refused(message);
      return title === "Service web" ? warned("opens a port") : {};
    });
    assert.match((await find(both)).finding.evidence, /anew: Service apps\/web: opens a port$/);
  });

  it("cannot be judged without the policies", async () => {
    const { finding, target } = await find({
      ...judging(nothing),
      [bindingPath("cluster-security-hosts")]: () => ({ status: 404, body: "{}" }),
    });
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^there is no ValidatingAdmissionPolicyBinding cluster-security-hosts, so/,
    );
    assert.ok(!target.api.requests.some(({ path }) => path.startsWith(servicesOfApps)));
  });

  it("may be nothing", async () => {
    assert.deepEqual((await find(policies())).finding, {
      status: "proved",
      evidence: "there is no object that the policies judge",
    });
  });
});
