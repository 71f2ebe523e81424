import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiRequest } from "../../../verify/api.js";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";

const concern = "API activity visibility";
const flagsClaim = "The API server has an audit policy";
const lokiClaim = "Grafana Alloy collects";

describe("the API server's flags", () => {
  const flags = [
    "--audit-policy-file=/p.yaml",
    "--audit-log-path=/a.log",
    "--audit-log-maxage=30",
    "--audit-log-maxbackup=10",
    "--audit-log-maxsize=100",
  ];
  const pod = (name: string, command: string[]) =>
    named(name, { spec: { containers: [{ command: ["kube-apiserver", ...command] }] } });
  const pods = (...items: object[]): Record<string, Answer> => ({
    "/api/v1/namespaces/kube-system/pods": items,
  });
  const find = (answers: Record<string, Answer>, options?: FakeOptions) =>
    findingOf(concern, flagsClaim, fakeTarget(answers, options));

  it("are read from every API server's pod", async () => {
    assert.deepEqual(await find(pods(pod("a", flags), pod("b", flags))), {
      status: "proved",
      evidence: "pod a: /p.yaml, /a.log, 30, 10, 100; pod b: /p.yaml, /a.log, 30, 10, 100",
    });
    assert.deepEqual(await find(pods(pod("a", flags), pod("b", flags.slice(1)))), {
      status: "failed",
      evidence: "pod b: no --audit-policy-file",
    });
  });

  it("are not to be had of somebody else's control plane", async () => {
    const finding = await find(pods());
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /in neither a pod of kube-system nor a node's manifest; run this on a control-plane/,
    );
  });

  it("are read from the node where there is access to one", async () => {
    const root = mkdtempSync(join(tmpdir(), "node-"));
    try {
      mkdirSync(join(root, "etc/kubernetes/manifests"), { recursive: true });
      const manifest = { spec: { containers: [{ command: ["kube-apiserver", ...flags.slice(0, 2)] }] } };
      writeFileSync(join(root, "etc/kubernetes/manifests/kube-apiserver.yaml"), JSON.stringify(manifest));
      assert.deepEqual(await find(pods(pod("a", flags)), { nodeRoot: root }), {
        status: "failed",
        evidence:
          "the node's manifest: no --audit-log-maxage; the node's manifest: no --audit-log-maxbackup; " +
          "the node's manifest: no --audit-log-maxsize",
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("Loki", () => {
  const monitoring = {
    "/apis/apps/v1/namespaces/monitoring/daemonsets/alloy": named("alloy"),
    "/api/v1/namespaces/monitoring/services/loki": named("loki"),
  };
  const scratch = "/api/v1/namespaces/cluster-security-verify-abc";
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/cluster-security-verify-abc";
  const query = "/api/v1/namespaces/monitoring/services/http:loki:3100/proxy/loki/api/v1/query_range";

  /** A cluster that numbers its audit ids, and a Loki that finds these lines for what it is asked. */
  function cluster(lines: (asked: string, secret: string) => string[]): Record<string, Answer> {
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
      "POST /api/v1/namespaces": () => ({
        status: 201,
        body: JSON.stringify(named("cluster-security-verify-abc")),
      }),
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
      [query]: ({ path }: ApiRequest) => {
        const asked = /"(.*)"/.exec(
          new URLSearchParams(path.split("?")[1]).get("query")!.split("|=")[1]!,
        )![1]!;
        const values = lines(asked, secret).map((line) => ["1", line]);
        return { body: JSON.stringify({ data: { result: [{ values }] } }) };
      },
    };
  }
  const find = (answers: Record<string, Answer>, options?: FakeOptions) =>
    findingOf(concern, lokiClaim, fakeTarget(answers, options));

  it("is not part of this program", async () => {
    const finding = await find({});
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^no DaemonSet alloy with a Service loki in monitoring; this program does not/,
    );
  });

  it("collects nothing where no pod runs", async () => {
    assert.equal((await find(monitoring, { simulatedPods: true })).status, "unchecked");
  });

  it("has the line of what was done", async () => {
    const finding = await find(cluster((asked) => [JSON.stringify({ auditID: asked })]));
    assert.deepEqual(finding, {
      status: "proved",
      evidence: "Loki has the line of create secrets, audit-id-2",
    });
  });

  it("has the value of a Secret in it", async () => {
    const leaking = cluster((asked, secret) => [
      JSON.stringify({ auditID: asked, requestObject: { data: btoa(secret) } }),
    ]);
    assert.deepEqual(await find(leaking), { status: "failed", evidence: "Loki has the value of a Secret" });
  });

  it("is not believed when it finds the question itself", async () => {
    let asked = 0;
    const own = cluster((text) => [
      `level=info msg="query" query="${text}"`,
      JSON.stringify({ auditID: "other", requestURI: text }),
      ...(++asked < 2 ? [] : [JSON.stringify({ auditID: text })]),
    ]);
    assert.equal((await find(own)).status, "proved");
    assert.equal(asked, 2, "it was asked again");
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
