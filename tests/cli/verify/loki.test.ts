import assert from "node:assert/strict";
import { auditEvents, auditQueries, filledIn } from "../../../components/audit/auditQueries.js";
import type { ApiRequest } from "../../../cli/kit/kubernetes/api.js";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";

const concern = "API activity visibility";
const forwardingClaim = "Grafana Alloy collects";
const bodiesClaim = "Loki gets no value of a Secret";
const queriesClaim = "Loki answers the four questions";

describe("Loki", () => {
  const enabled = { "auditLogs.enabled": true };
  const alloy = { "/apis/apps/v1/namespaces/audit-logs/daemonsets/alloy": named("alloy") };
  const monitoring = { ...alloy, "/api/v1/namespaces/monitoring/services/loki": named("loki") };
  const namespace = "cluster-security-verify-abc";
  const scratch = `/api/v1/namespaces/${namespace}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const query = "/api/v1/namespaces/monitoring/services/http:loki:3100/proxy/loki/api/v1/query_range";

  /** What it is asked for, and the value of the Secret that was made before. */
  interface Asked {
    expression: string;
    secret: string;
    request: ApiRequest;
  }
  type Answered = { verb?: string; resource?: string; line: string }[];

  /** A cluster that numbers its audit ids, and a Loki that answers so. */
  function cluster(answer: (asked: Asked) => Answered): Record<string, Answer> {
    let count = 0;
    let secret = "";
    const audited = ({ body }: ApiRequest) => {
      const { stringData } = (body ?? {}) as { stringData?: { needle: string } };
      secret ||= stringData?.needle ?? "";
      return { status: 200, auditId: `audit-id-${++count}` };
    };
    return {
      ...monitoring,
      "/api/v1/namespaces": [],
      "POST /api/v1/namespaces": () => ({ status: 201, body: JSON.stringify(named(namespace)) }),
      "/readyz": audited,
      [`POST ${scratch}/secrets`]: audited,
      [`${scratch}/secrets/audited`]: audited,
      [`${scratch}/secrets`]: audited,
      [`POST ${scratch}/configmaps`]: audited,
      [`${scratch}/configmaps/audited`]: audited,
      [`${scratch}/services`]: audited,
      [`${scratch}/pods`]: audited,
      [`POST ${scratch}/pods/audited/exec`]: audited,
      [`POST ${scratch}/pods/audited/portforward`]: audited,
      [`POST ${scratch}/events`]: audited,
      [`POST ${rbac}/roles`]: audited,
      [`DELETE ${rbac}/roles/audited`]: audited,
      [`DELETE ${scratch}/secrets/audited`]: audited,
      [query]: (request: ApiRequest) => {
        const expression = new URLSearchParams(request.path.split("?")[1]).get("query")!;
        const result = answer({ expression, secret, request }).map(({ line, ...stream }) => ({
          stream,
          values: [["1", line]],
        }));
        return { body: JSON.stringify({ data: { result } }) };
      },
    };
  }

  const events = filledIn(auditEvents, { namespace });
  const deeds: Record<keyof typeof auditQueries, [verb: string, resource: string][]> = {
    changes: [
      ["create", "secrets"],
      ["delete", "secrets"],
    ],
    secretAccess: [
      ["get", "secrets"],
      ["list", "secrets"],
      ["delete", "secrets"],
    ],
    podExec: [
      ["create", "pods/exec"],
      ["create", "pods/portforward"],
    ],
    rbacChanges: [
      ["create", "rbac.authorization.k8s.io/roles"],
      ["delete", "rbac.authorization.k8s.io/roles"],
    ],
  };

  /** A Loki that has everything, and the last event as this line. */
  function whole({ expression }: Asked, last = '{"auditID":"audit-id-14"}'): Answered {
    if (expression === events) return [{ line: '{"auditID":"audit-id-1"}' }, { line: last }];
    const [name] = Object.entries(auditQueries).find(
      ([, saved]) => filledIn(saved.expression, { namespace }) === expression,
    )!;
    return deeds[name as keyof typeof deeds].map(([verb, resource]) => ({
      verb,
      resource,
      line: "who: what",
    }));
  }
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
