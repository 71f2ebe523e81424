import assert from "node:assert/strict";
import { fakeTarget, findingOf, type Answer, type FakeOptions } from "./fakeTarget.js";
import {
  alloy,
  type Asked,
  cluster,
  enabled,
  events,
  monitoring,
  query,
  scratch,
  whole,
} from "./pairs/apiActivity.js";

const concern = "API activity visibility";
const forwardingClaim = "Grafana Alloy collects";
const bodiesClaim = "Loki gets no value of a Secret";
const queriesClaim = "Loki answers the four questions";

describe("Loki", () => {
  const find = (answers: Record<string, Answer>, options: FakeOptions = {}, claim = forwardingClaim) =>
    findingOf(concern, claim, fakeTarget(answers, { settings: enabled, ...options }));

  for (const claim of [bodiesClaim, queriesClaim]) {
    it(`that has nothing leaves unchecked: ${claim}`, async () => {
      assert.deepEqual(await find({}, {}, claim), {
        status: "unchecked",
        evidence: "there is no DaemonSet audit-logs/alloy",
      });
    });
  }

  it("gets nothing where nothing is sent", async () => {
    assert.deepEqual(await find({}, { settings: {} }), {
      status: "unchecked",
      evidence: "auditLogs.enabled is false, so nothing is sent to Loki",
    });
  });

  it("gets nothing without Alloy, which is a fault only where this program installs it", async () => {
    assert.deepEqual(await find({}), {
      status: "failed",
      evidence: "there is no DaemonSet audit-logs/alloy",
    });
    assert.equal((await find({}, { recorded: new Set(["alloy"]) })).status, "unchecked");
    const snippet = await find({}, { settings: { ...enabled, "auditLogs.mode": "snippet" } });
    assert.equal(snippet.status, "unchecked");
    assert.match(
      snippet.evidence,
      /^there is no DaemonSet monitoring\/alloy; this program does not install it/,
    );
  });

  it("is not part of this program", async () => {
    const finding = await find(alloy);
    assert.equal(finding.status, "unchecked");
    assert.match(finding.evidence, /^there is no Service monitoring\/loki; this program does not install it/);
  });

  it("is not asked outside the cluster", async () => {
    const settings = { ...enabled, "auditLogs.loki.url": "https://loki.example.com" };
    assert.deepEqual(await find(monitoring, { settings }), {
      status: "unchecked",
      evidence: "Loki at https://loki.example.com is no Service of the cluster; ask it there",
    });
  });

  it("collects nothing where no pod runs", async () => {
    assert.equal((await find(monitoring, { simulatedPods: true })).status, "unchecked");
  });

  const proofs: [claim: string, evidence: string][] = [
    [forwardingClaim, "Loki has 2 events of this check"],
    [bodiesClaim, "none is in the 2 events of this check"],
    [queriesClaim, "each of them finds what this check did"],
  ];
  for (const [claim, evidence] of proofs) {
    it(`that has what was done proves: ${claim}`, async () => {
      const answers = cluster((asked) => whole(asked));
      assert.deepEqual(await find(answers, {}, claim), { status: "proved", evidence });
    });
  }

  it("is asked as its tenant", async () => {
    let tenant: string | undefined;
    const answers = cluster((asked) => {
      tenant = asked.request.headers?.["X-Scope-OrgID"];
      return whole(asked);
    });
    await find(answers, { settings: { ...enabled, "auditLogs.loki.tenant": "homelab" } });
    assert.equal(tenant, "homelab");
  });

  const leaks: [what: string, line: (asked: Asked) => object, evidence: string][] = [
    ["the value of a Secret", ({ secret }) => ({ note: btoa(secret) }), "Loki has the value of a Secret"],
    ["a body", () => ({ responseObject: {} }), "Loki has bodies of requests"],
    [
      "a command",
      () => ({ requestURI: "/api/v1/namespaces/a/pods/b/exec?command=id" }),
      "Loki has queries of connections into pods",
    ],
  ];
  for (const [what, line, evidence] of leaks) {
    it(`must not have ${what}`, async () => {
      const leaking = cluster((asked) =>
        whole(asked, JSON.stringify({ auditID: "audit-id-14", ...line(asked) })),
      );
      assert.deepEqual(await find(leaking, {}, bodiesClaim), { status: "failed", evidence });
    });
  }

  it("must answer every question", async () => {
    const silent = cluster((asked) => (asked.expression.includes("rbac") ? [] : whole(asked)));
    const { status, evidence } = await find(silent, {}, queriesClaim);
    assert.equal(status, "failed");
    assert.equal(
      evidence,
      '"Were any RBAC rules changed?" does not find create rbac.authorization.k8s.io/roles and delete rbac.authorization.k8s.io/roles',
    );
  });

  it("is asked again while the last event has not arrived", async () => {
    let asked = 0;
    const slow = cluster((question) => {
      if (question.expression === events && ++asked < 2) return [{ line: '{"auditID":"audit-id-1"}' }];
      return whole(question);
    });
    assert.equal((await find(slow)).status, "proved");
    assert.equal(asked, 2);
  });

  it("that does not answer is an error", async () => {
    const silent = { ...cluster(() => []), [query]: () => ({ status: 503 }) };
    await assert.rejects(find(silent), /^Error: Loki answers 503$/);
  });

  it("cannot be asked by somebody who may not even make a Secret", async () => {
    const poor = { ...cluster(() => []), [`POST ${scratch}/secrets`]: () => ({ status: 403, auditId: "x" }) };
    await assert.rejects(find(poor), /^Error: the kubeconfig's user may not create secrets$/);
  });
});
