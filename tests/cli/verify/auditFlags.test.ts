import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeTarget, findingOf, type Answer, type FakeOptions } from "./fakeTarget.js";
import { auditFlags, apiServerPod, apiServerPods } from "./pairs/apiActivity.js";

const concern = "API activity visibility";
const flagsClaim = "The API server has an audit policy";

describe("the API server's flags", () => {
  const find = (answers: Record<string, Answer>, options?: FakeOptions) =>
    findingOf(concern, flagsClaim, fakeTarget(answers, options));

  const settings = {
    "cluster.controlPlaneEndpoint": "api.example.com:6443",
    "cluster.nodes": [
      { name: "a", address: "192.0.2.10" },
      { name: "b", address: "192.0.2.11" },
    ],
  };

  it("are read from the pod of every node's API server", async () => {
    assert.deepEqual(
      await find(apiServerPods(apiServerPod("a", auditFlags), apiServerPod("b", auditFlags)), { settings }),
      {
        status: "proved",
        evidence:
          "pod kube-apiserver-a: /p.yaml, /a.log, 30, 10, 100; pod kube-apiserver-b: /p.yaml, /a.log, 30, 10, 100",
      },
    );
    assert.deepEqual(
      await find(apiServerPods(apiServerPod("a", auditFlags), apiServerPod("b", auditFlags.slice(1))), {
        settings,
      }),
      {
        status: "failed",
        evidence: "pod kube-apiserver-b: no --audit-policy-file",
      },
    );
  });

  it("are not known while that of one node is not shown, whatever other pods say they are", async () => {
    const others = apiServerPods(apiServerPod("a", auditFlags), apiServerPod("debug", auditFlags));
    await assert.rejects(find(others, { settings }), /^Error: there is no pod kube-apiserver-b$/);
  });

  it("are not to be had of somebody else's control plane", async () => {
    const finding = await find(apiServerPods());
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
      const manifest = { spec: { containers: [{ command: ["kube-apiserver", ...auditFlags.slice(0, 2)] }] } };
      writeFileSync(join(root, "etc/kubernetes/manifests/kube-apiserver.yaml"), JSON.stringify(manifest));
      assert.deepEqual(await find(apiServerPods(apiServerPod("a", auditFlags)), { nodeRoot: root }), {
        status: "failed",
        evidence:
          "the node's manifest: no --audit-log-maxage; the node's manifest: no --audit-log-maxbackup; " +
          "the node's manifest: no --audit-log-maxsize; the API server of the node writes no /a.log",
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
