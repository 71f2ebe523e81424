import assert from "node:assert/strict";
import { checkObjects } from "../../policy/objects.js";

const metadata = { name: "a", namespace: "web" };
const subjects = [{ kind: "ServiceAccount", namespace: "web", name: "a" }];
const violating = [
  { kind: "Pod", metadata, spec: { containers: [{ image: "nginx", env: [{ name: "TOKEN", value: "x" }] }] } },
  { kind: "Secret", metadata, stringData: { password: "changeit" } },
  { kind: "Namespace", metadata: { name: "web" } },
  { kind: "RoleBinding", metadata, roleRef: { kind: "ClusterRole", name: "cluster-admin" }, subjects },
  { kind: "Role", metadata, rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] },
  { kind: "RoleBinding", metadata, roleRef: { kind: "Role", name: "a" }, subjects },
];
const found = [
  ["no-credential-in-helm-values", "Pod web/a"],
  ["versions-pinned", "Pod web/a"],
  ["no-published-password", "Secret web/a"],
  ["namespaces-labelled", "Namespace web"],
  ["cluster-admins-listed", "RoleBinding web/a"],
  ["no-cluster-admin-by-another-name", "RoleBinding web/a"],
];

describe("policy: rendered manifests", () => {
  const judged = (...args: Parameters<typeof checkObjects>) =>
    checkObjects(...args).map(({ policy, object }) => [policy, object]);

  it("judges them by every rule for objects", () => assert.deepEqual(judged(violating), found));

  it("takes lists apart and passes over empty documents", () => {
    assert.deepEqual(judged([null, { kind: "List", items: violating }, undefined]), found);
  });

  it("goes by the list of cluster-admins it is given", () => {
    const listed = [{ kind: "ServiceAccount", namespace: "web", name: "a", reason: "a test" }] as const;
    assert.deepEqual(judged(violating, [...listed]), found.slice(0, 4));
  });

  it("says what is wrong", () => {
    assert.deepEqual(checkObjects([violating[2]]), [
      {
        policy: "namespaces-labelled",
        object: "Namespace web",
        message:
          "label pod-security.kubernetes.io/enforce is nothing, so any pod may run as root on the node; " +
          "only privileged, baseline, restricted are allowed. Set it, as components/common/namespaces.ts does.",
      },
    ]);
  });
});
