import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { failed, judged, proved, unchecked, type Concern } from "../../../cli/verify/claim.js";
import { concerns } from "../../../cli/verify/claims/index.js";
import { jsonReport, report } from "../../../cli/verify/report.js";
import { checkClaims, holds, verify, type Outcome } from "../../../cli/verify/run.js";
import { FakeApi, fakeTarget } from "./fakeTarget.js";
import { Scratch } from "../../../cli/verify/cluster/scratch.js";

const rows: Concern[] = [
  {
    concern: "First",
    mitigation: "A thing",
    claims: [
      { claim: "It is so", check: () => Promise.resolve(proved("seen")) },
      { claim: "It breaks", check: () => Promise.reject(new Error("no way in")) },
    ],
  },
  {
    concern: "Second concern",
    mitigation: "Another thing",
    claims: [{ claim: "Nobody knows", check: () => Promise.resolve(unchecked("far away")) }],
  },
];

describe("claims", () => {
  it("are the rows of the page's table, in its order and words", () => {
    assert.deepEqual(
      concerns.map(({ concern, mitigation }) => [concern, mitigation]),
      [
        ["Secrets in Git", "Sealed Secrets (asymmetric encryption)"],
        ["Unscanned images", "Harbor + Trivy vulnerability scanning"],
        ["Expired TLS certs", "cert-manager with auto-renewal"],
        ["Data loss", "Velero + Kopia + restic + OCI Object Storage"],
        ["Network isolation", "Cilium NetworkPolicy (pod-level traffic control)"],
        ["Backup failures", "Prometheus alerts → Telegram + Gmail"],
        ["Unauthorized cluster access", "kubeconfig on local machine only, no public API server"],
        ["API activity visibility", "kube-apiserver audit logging → Loki"],
        ["Secrets at rest", "etcd encryption at rest (AES-CBC)"],
      ],
    );
  });

  it("are each said once", () => {
    for (const { concern, claims } of concerns) {
      assert.ok(claims.length > 0, concern);
      assert.equal(new Set(claims.map(({ claim }) => claim)).size, claims.length, concern);
    }
  });

  it("that cannot be checked have not failed, and do not keep the others from being checked", async () => {
    const steps: string[] = [];
    const outcomes = await checkClaims(fakeTarget({}), rows, (claim) => steps.push(claim));
    assert.deepEqual(outcomes, [
      { concern: "First", claim: "It is so", status: "proved", evidence: "seen" },
      {
        concern: "First",
        claim: "It breaks",
        status: "unchecked",
        evidence: "could not be checked: no way in",
      },
      { concern: "Second concern", claim: "Nobody knows", status: "unchecked", evidence: "far away" },
    ]);
    assert.deepEqual(steps, ["First: It is so", "First: It breaks", "Second concern: Nobody knows"]);
  });

  it("leave nothing behind, whatever becomes of them", async () => {
    const target = fakeTarget({});
    let removed = 0;
    target.scratch = Object.assign(new Scratch(new FakeApi({})), {
      remove: () => {
        removed++;
        return Promise.resolve();
      },
    });
    await verify(target, rows);
    assert.equal(removed, 1);
    const broken: Concern = {
      ...rows[0]!,
      claims: [
        {
          claim: "It breaks the run",
          check: () => {
            throw new Error("not even a promise");
          },
        },
      ],
    };
    await verify(target, [broken]).catch(() => undefined);
    assert.equal(removed, 2);
  });

  it("hold unless one failed", () => {
    const outcome = (finding: { status: Outcome["status"]; evidence: string }): Outcome => ({
      concern: "First",
      claim: "It is so",
      ...finding,
    });
    assert.equal(holds([]), true);
    assert.equal(holds([outcome(proved("")), outcome(unchecked(""))]), true);
    assert.equal(holds([outcome(proved("")), outcome(failed(""))]), false);
  });

  it("are judged by what is wrong", () => {
    assert.deepEqual(judged([], "fine"), { status: "proved", evidence: "fine" });
    assert.deepEqual(judged(["a", "b"], "fine"), { status: "failed", evidence: "a; b" });
  });
});

describe("the report", () => {
  const outcomes: Outcome[] = [
    { concern: "First", claim: "It is so", ...proved("seen with one's own eyes") },
    { concern: "First", claim: "It breaks", ...failed("no way in") },
    { concern: "Second concern", claim: "Nobody knows", ...unchecked("far away") },
  ];

  it("is the page's table, with claims and evidence under each row", () => {
    assert.equal(
      report(outcomes, { concerns: rows, width: 51 }),
      `Concern          Mitigation      Claims

First            A thing         1 proved, 1 failed
  proved     It is so
               seen with one's own eyes
  failed     It breaks
               no way in

Second concern   Another thing   1 unchecked
  unchecked  Nobody knows
               far away

3 claims: 1 proved, 1 failed, 1 unchecked
`,
    );
  });

  it("has colours only when asked for", () => {
    assert.equal(report(outcomes, { concerns: rows }).includes("\u001b"), false);
    const coloured = report(outcomes, { concerns: rows, colour: true });
    assert.ok(coloured.includes("\u001b[32mproved     \u001b[0mIt is so"));
    assert.ok(coloured.includes("\u001b[31mfailed     \u001b[0mIt breaks"));
    assert.ok(coloured.includes("\u001b[33munchecked  \u001b[0mNobody knows"));
  });

  it("keeps to the columns of a terminal", () => {
    const evidence = "a node, a pod and a Secret, each with a name that takes its room; ".repeat(4);
    const all = concerns.flatMap(({ concern, claims }) =>
      claims.map(({ claim }, index) => ({
        concern,
        claim,
        ...[proved, failed, unchecked][index % 3]!(evidence),
      })),
    );
    for (const width of [80, 40]) {
      for (const colour of [true, false]) {
        const lines = stripVTControlCharacters(report(all, { width, colour })).split("\n");
        assert.deepEqual(
          lines.filter((line) => line.length > width),
          [],
        );
      }
    }
  });

  it("is the same for machines", () => {
    const notes = ["controlPlane.audit: less than it seems."];
    const { claims, ...rest } = JSON.parse(jsonReport(outcomes, notes)) as { claims: object[] };
    assert.deepEqual(rest, { notes });
    assert.deepEqual(claims, [
      { concern: "First", claim: "It is so", status: "proved", evidence: "seen with one's own eyes" },
      { concern: "First", claim: "It breaks", status: "failed", evidence: "no way in" },
      { concern: "Second concern", claim: "Nobody knows", status: "unchecked", evidence: "far away" },
    ]);
  });
});
