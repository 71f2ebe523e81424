import assert from "node:assert/strict";
import { clusterAdmins, isListed, type Subject } from "../../../components/access/clusterAdmins.js";

describe("cluster admins", () => {
  it("are these four, each for a reason", () => {
    const admins = clusterAdmins();
    assert.deepEqual(
      admins.map(({ kind, namespace, name }) => [kind, namespace, name]),
      [
        ["Group", undefined, "system:masters"],
        ["Group", undefined, "kubeadm:cluster-admins"],
        ["ServiceAccount", "velero", "velero-server"],
        ["ServiceAccount", "argocd", "argocd-application-controller"],
      ],
    );
    for (const admin of admins) assert.ok(admin.reason.length > 0, admin.name);
  });

  it("follow ArgoCD into another namespace", () => {
    const admins = clusterAdmins({ argocd: "gitops" });
    const controller = { kind: "ServiceAccount", name: "argocd-application-controller" };
    assert.equal(isListed({ ...controller, namespace: "gitops" }, admins), true);
    assert.equal(isListed({ ...controller, namespace: "argocd" }, admins), false);
  });

  const cases: [subject: Subject, listed: boolean][] = [
    [{ kind: "Group", name: "system:masters" }, true],
    [{ kind: "Group", name: "kubeadm:cluster-admins" }, true],
    [{ kind: "Group", name: "system:authenticated" }, false],
    [{ kind: "Group", name: "velero-server" }, false],
    [{ kind: "User", name: "system:masters" }, false],
    [{ kind: "User", name: "kubernetes-admin" }, false],
    [{ kind: "ServiceAccount", namespace: "velero", name: "velero-server" }, true],
    [{ kind: "ServiceAccount", namespace: "default", name: "velero-server" }, false],
    [{ kind: "ServiceAccount", namespace: "velero", name: "default" }, false],
    [{ kind: "ServiceAccount", name: "velero-server" }, false],
    [{ kind: "ServiceAccount", namespace: "cert-manager", name: "cert-manager" }, false],
    [{ kind: "ServiceAccount", namespace: "kube-system", name: "sealed-secrets-controller" }, false],
    [{ kind: "User", name: "system:serviceaccount:velero:velero-server" }, true],
    [{ kind: "User", name: "system:serviceaccount:default:velero-server" }, false],
  ];
  for (const [subject, listed] of cases) {
    const { kind, namespace, name } = subject;
    it(`${kind} ${namespace ? `${namespace}/` : ""}${name}: ${listed ? "listed" : "not listed"}`, () => {
      assert.equal(isListed(subject, clusterAdmins()), listed);
    });
  }
});
