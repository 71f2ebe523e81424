import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "../../../../cli/kit/until.js";
import { auditPipeline } from "../../../../components/audit/auditPipeline.js";
import { auditJob, auditQueries, filledIn } from "../../../../components/audit/auditQueries.js";
import { parseAuditLog, resourceOf, type AuditEvent } from "../../../../cli/verify/checks/audit/events.js";
import { AuditLog } from "../../../../cli/verify/checks/audit/log.js";
import {
  podExec,
  rbacChanges,
  secretAccess,
  whoChanged,
  type Deed,
} from "../../../../cli/verify/checks/audit/questions.js";
import type { KubeApi } from "../../../../stacks/kubernetes/api.js";
import { create } from "../../../../cli/verify/cluster/objects.js";
import { AlloySyntax } from "../../../components/audit/alloy.js";
import { Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";
import { activity, needles } from "./activity.js";
import { answerTo } from "./logql.js";
import { sentEntries, type SentEntry } from "./stages.js";

const config = auditPipeline({
  auditLogPath: "/var/log/kubernetes/audit/audit.log",
  lokiUrl: "http://127.0.0.1:3100",
});

describe("what is sent of the audit log, by our evaluation of the pipeline and the queries", () => {
  let lab: Lab;
  let text: string;
  let lines: string[];
  let events: AuditEvent[];
  let sent: SentEntry[];
  let alloy: AlloySyntax;
  const entriesOf = (...lines: string[]): SentEntry[] => sentEntries(alloy, config, lines);

  before(async function () {
    alloy = await AlloySyntax.of(this);
    this.timeout(240_000);
    lab = await Lab.of("shipping");
    await lab.apply(
      await nodeFilesOf(settingsWith({ "controlPlane.audit.secretsLevel": "RequestResponse" })),
    );
    const admin = await lab.kubeconfigUser("super-admin");
    await create(admin, "/api/v1/namespaces", { metadata: { name: "shipped" } });
    await create(admin, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "shipping-test" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "Group", name: "developers", apiGroup: "rbac.authorization.k8s.io" }],
    });
    const log = new AuditLog(join(lab.plane.paths.node, "var/log/kubernetes/audit/audit.log"));
    const mark = log.mark();
    const last = await act(await lab.certificateUser("alice", ["developers"]));
    await until(() => {
      text = log.since(mark);
      return text.includes(`"stage":"ResponseComplete"`) && finished(text, last);
    }, "the last request is not in the log");
    events = parseAuditLog(text);
    lines = text.split("\n").slice(0, events.length);
    sent = entriesOf(...lines);
  });
  after(() => lab.stop());

  async function act(alice: KubeApi): Promise<string> {
    let last: string | undefined;
    for (const request of activity) ({ auditId: last } = await alice.request(request));
    return last!;
  }

  const finished = (log: string, auditId: string): boolean =>
    parseAuditLog(log).some((event) => event.auditID === auditId && event.stage === "ResponseComplete");

  it("is every event, in the order in which they were written", () => {
    assert.ok(events.length > activity.length);
    assert.deepEqual(
      sent.map(({ line }) => (JSON.parse(line) as AuditEvent).auditID),
      events.map(({ auditID }) => auditID),
    );
  });

  it("has no body, no command, no text of a refusal and nothing that was asked through a proxy", () => {
    const all = sent.map((entry) => JSON.stringify(entry)).join("\n");
    for (const [name, needle] of Object.entries(needles)) {
      const forms = [needle, btoa(needle)];
      assert.ok(
        forms.some((form) => text.includes(form)),
        `${name} is in the log on the node`,
      );
      for (const form of forms) assert.equal(all.includes(form), false, `${name} is sent`);
    }
  });

  it("is the rest of each event as it was", () => {
    const expected = events.map(({ requestObject: _, responseObject: __, ...event }) => {
      const { impersonatedUser, responseStatus, objectRef } = event;
      const path = event.requestURI.split("?")[0]!;
      return {
        ...event,
        impersonatedUser: impersonatedUser && { ...impersonatedUser, extra: undefined },
        responseStatus: responseStatus && { ...responseStatus, message: undefined, details: undefined },
        requestURI: objectRef?.subresource === "proxy" ? path.replace(/\/proxy\/.*/, "/proxy") : path,
      };
    });
    assert.deepEqual(
      sent.map(({ line }) => JSON.parse(line) as unknown),
      JSON.parse(JSON.stringify(expected)),
    );
  });

  it("is found by job, level and verb, and by user, resource and namespace next to them", () => {
    for (const [index, event] of events.entries()) {
      const { labels, metadata, time } = sent[index]!;
      assert.deepEqual(labels, { job: auditJob, level: event.level, verb: event.verb });
      assert.deepEqual(
        metadata,
        JSON.parse(
          JSON.stringify({
            user: event.user.username,
            resource: event.objectRef ? resourceOf(event) : undefined,
            namespace: event.objectRef?.namespace,
          }),
        ),
      );
      const written = (event as unknown as { stageTimestamp: string }).stageTimestamp;
      assert.equal(time.slice(0, 23), written.slice(0, 23), "the time is the event's own");
    }
  });

  it("is nothing of a line that is no event, whole or in part", () => {
    const whole = lines.find((line) => line.includes(btoa(needles.secret)))!;
    const broken = ["", "no JSON", "[]", '"text"', whole.slice(0, -20), whole.slice(20), `${whole}}`];
    assert.equal(entriesOf(...broken, whole).length, 1);
    // The JSON value null is one of those that could be read; there is nothing in it.
    assert.deepEqual(
      entriesOf("null").map(({ line }) => line),
      ["{}"],
    );
  });

  it("is nothing of an event whose fields are not what they should be", () => {
    const event = JSON.parse(lines.find((line) => line.includes(btoa(needles.secret)))!) as object;
    const odd = [{ ...event, annotations: "text" }, { nested: event }];
    assert.deepEqual(entriesOf(...odd.map((event) => JSON.stringify(event))), []);
  });

  it("has of the annotations those that say how it was judged, and none that quotes a value", () => {
    const event = JSON.parse(lines[0]!) as { annotations?: Record<string, string> };
    const judged = {
      "authorization.k8s.io/decision": "allow",
      "authorization.k8s.io/reason": 'RBAC: allowed by ClusterRoleBinding "a"',
      "pod-security.kubernetes.io/enforce-policy": "restricted:latest",
    };
    const quoting = {
      "patch.webhook.admission.k8s.io/round_0_index_0": '{"patch":[{"value":"needle"}]}',
      "validation.policy.admission.k8s.io/validation_failure": '[{"message":"needle"}]',
      "pod-security.kubernetes.io/audit-violations": "needle",
      "example.com/of-a-webhook": "needle",
    };
    const [entry] = entriesOf(JSON.stringify({ ...event, annotations: { ...judged, ...quoting } }));
    assert.deepEqual((JSON.parse(entry!.line) as typeof event).annotations, judged);
  });

  it("has of who asks what the API server knows, and no claim of a token", () => {
    const event = JSON.parse(lines[0]!) as { user: object };
    const known = { "authentication.kubernetes.io/pod-name": ["web"] };
    const user = { ...event.user, extra: { ...known, "example.com/claim": ["needle"] } };
    const [entry] = entriesOf(JSON.stringify({ ...event, user }));
    assert.deepEqual((JSON.parse(entry!.line) as typeof event).user, { ...event.user, extra: known });
  });

  const questions: [keyof typeof auditQueries, (events: AuditEvent[]) => Deed[], number][] = [
    ["changes", (events) => whoChanged(events), 8],
    ["secretAccess", (events) => secretAccess(events), 5],
    ["podExec", (events) => podExec(events), 6],
    ["rbacChanges", (events) => rbacChanges(events), 2],
  ];
  for (const [name, fromLog, least] of questions) {
    it(`answers: ${auditQueries[name].question}`, () => {
      const query = filledIn(auditQueries[name].expression, { namespace: "shipped" });
      const answer = answerTo(alloy, query, sent);
      const expected = fromLog(events)
        // A controller may be in the middle of a request when the log is read.
        .filter(({ namespace, code }) => namespace === "shipped" && code !== undefined)
        .map(
          ({ who, verb, resource, name, code }) =>
            `${who}: ${verb} ${resource} shipped/${name ?? ""} (${code}, `,
        );
      assert.ok(expected.length >= least, `${expected.length} deeds in the log on the node`);
      assert.deepEqual(
        answer
          .filter((line) => line.includes("ResponseComplete"))
          .map((line) => line.replace(/ResponseComplete\) from [\d.:a-f]+$/, ""))
          .sort(),
        expected.sort(),
      );
    });
  }

  it("answers for one user and one resource", () => {
    const { expression } = auditQueries.changes;
    const ask = (filter: Parameters<typeof filledIn>[1]) =>
      answerTo(alloy, filledIn(expression, filter), sent);
    assert.equal(ask({ user: "alice", resource: "apps/deployments" }).length, 1);
    assert.deepEqual(ask({ user: "nobody" }), []);
    assert.match(
      ask({ user: "alice", resource: "secrets" })[0]!,
      /^alice: create secrets shipped\/kept \(201, /,
    );
  });
});
