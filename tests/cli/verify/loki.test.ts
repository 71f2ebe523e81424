import assert from "node:assert/strict";
import { claims, simulated } from "./addonClaims.js";
import { fakeTarget, findingOf, type Answer } from "./fakeTarget.js";
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
const forwarding = "Grafana Alloy collects";
const bodies = "Loki gets no value of a Secret";
const queries = "Loki answers the four questions";
const all = { settings: enabled };
const noAlloy = "there is no DaemonSet audit-logs/alloy";

claims(
  concern,
  forwarding,
  {
    "unchecked: nothing is sent": [
      {},
      "auditLogs.enabled is false, so nothing is sent to Loki",
      { settings: {} },
    ],
    "failed: there is no Alloy": [{}, noAlloy],
    "unchecked: Alloy is recorded": [{}, /alloy/, { recorded: new Set(["alloy"]) }],
    "unchecked: there is no Alloy, which this program does not install": [
      {},
      /^there is no DaemonSet monitoring\/alloy; this program does not install it/,
      { settings: { ...enabled, "auditLogs.mode": "snippet" } },
    ],
    "unchecked: there is no Loki": [
      alloy,
      /^there is no Service monitoring\/loki; this program does not install it/,
    ],
    "unchecked: Loki is outside the cluster": [
      monitoring,
      "Loki at https://loki.example.com is no Service of the cluster; ask it there",
      { settings: { ...enabled, "auditLogs.loki.url": "https://loki.example.com" } },
    ],
    "unchecked: no pod runs": [monitoring, /no pod/, simulated],
    "proved: it has what was done": [cluster(whole), "Loki has 2 events of this check"],
  },
  all,
);
const leaking = (line: (asked: Asked) => object) =>
  cluster((asked) => whole(asked, JSON.stringify({ auditID: "audit-id-14", ...line(asked) })));
claims(
  concern,
  bodies,
  {
    "unchecked: there is no Alloy": [{}, noAlloy],
    "proved: it has none": [cluster(whole), "none is in the 2 events of this check"],
    "failed: it has the value of a Secret": [
      leaking(({ secret }) => ({ note: btoa(secret) })),
      "Loki has the value of a Secret",
    ],
    "failed: it has a body": [leaking(() => ({ responseObject: {} })), "Loki has bodies of requests"],
    "failed: it has a command": [
      leaking(() => ({ requestURI: "/api/v1/namespaces/a/pods/b/exec?command=id" })),
      "Loki has queries of connections into pods",
    ],
  },
  all,
);
claims(
  concern,
  queries,
  {
    "unchecked: there is no Alloy": [{}, noAlloy],
    "proved: each finds what was done": [cluster(whole), "each of them finds what this check did"],
    "failed: one is not answered": [
      cluster((asked) => (asked.expression.includes("rbac") ? [] : whole(asked))),
      '"Were any RBAC rules changed?" does not find create rbac.authorization.k8s.io/roles and delete rbac.authorization.k8s.io/roles',
    ],
  },
  all,
);

describe("Loki", () => {
  const find = (answers: Record<string, Answer>, settings: Record<string, unknown> = enabled) =>
    findingOf(concern, forwarding, fakeTarget(answers, { settings }));

  it("is asked as its tenant", async () => {
    let tenant: string | undefined;
    const answers = cluster((asked) => {
      tenant = asked.request.headers?.["X-Scope-OrgID"];
      return whole(asked);
    });
    await find(answers, { ...enabled, "auditLogs.loki.tenant": "homelab" });
    assert.equal(tenant, "homelab");
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
