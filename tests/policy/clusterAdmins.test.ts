import assert from "node:assert/strict";
import { notYetKnown } from "../../policy/resource.js";
import { adminRight, checkBindings, checkObject } from "../../policy/rules/clusterAdmins.js";

const velero = { kind: "ServiceAccount", namespace: "velero", name: "velero-server" };
const guest = { kind: "ServiceAccount", namespace: "web", name: "guest" };
const admin = { kind: "ClusterRole", name: "cluster-admin" };
const binding = (subjects: unknown, roleRef: object = admin, kind = "ClusterRoleBinding") => ({
  kind,
  metadata: { name: "b", ...(kind === "RoleBinding" ? { namespace: "web" } : {}) },
  roleRef,
  subjects,
});
const mend =
  "only those listed in components/access/clusterAdmins.ts may have it. Bind a role with just the rights that are " +
  "needed, or add the subject there with its reason.";
const toAdmin = (name: string, subject: string) =>
  `${name} binds cluster-admin, which allows every right there is, to ${subject}; ${mend}`;

describe("policy: cluster-admins listed", () => {
  it("refuses everybody who is not in the list, one message each", () => {
    const user = { kind: "User", name: "eve" };
    assert.deepEqual(checkObject(binding([velero, guest, user])), [
      toAdmin("ClusterRoleBinding b", "ServiceAccount web/guest"),
      toAdmin("ClusterRoleBinding b", "User eve"),
    ]);
  });
  it("refuses a RoleBinding as well", () => {
    assert.deepEqual(checkObject(binding([guest], admin, "RoleBinding")), [
      toAdmin("RoleBinding web/b", "ServiceAccount web/guest"),
    ]);
  });
  it("refuses the listed name in another namespace", () => {
    assert.equal(checkObject(binding([{ ...velero, namespace: "web" }])).length, 1);
  });
  it("goes by the list it is given", () => {
    assert.equal(checkObject(binding([velero]), []).length, 1);
    assert.deepEqual(
      checkObject(binding([guest]), [{ ...guest, kind: "ServiceAccount", reason: "a test" }]),
      [],
    );
  });

  const passing: Record<string, unknown> = {
    "listed subjects": binding([velero, { kind: "Group", name: "kubeadm:cluster-admins" }]),
    "a listed ServiceAccount as a user": binding([
      { kind: "User", name: "system:serviceaccount:velero:velero-server" },
    ]),
    "another role": binding([guest], { kind: "ClusterRole", name: "view" }),
    "a Role of that name": binding([guest], { kind: "Role", name: "cluster-admin" }, "RoleBinding"),
    "no subjects": binding(undefined),
    "subjects not yet known": binding(notYetKnown),
    "a subject not yet known": binding([
      { ...guest, namespace: notYetKnown },
      { ...guest, name: notYetKnown },
    ]),
    "a role not yet known": binding([guest], { kind: "ClusterRole", name: notYetKnown }),
    "other kinds": { kind: "ClusterRole", metadata: { name: "b" }, roleRef: admin, subjects: [guest] },
    nothing: null,
  };
  for (const [what, object] of Object.entries(passing)) {
    it(`passes ${what}`, () => assert.deepEqual(checkObject(object), []));
  }
});

describe("policy: no cluster-admin by another name", () => {
  const all = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
  const rbac = { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"] };
  const rights: [rule: object, right: string | undefined][] = [
    [all, "every verb on every resource"],
    [{ ...all, apiGroups: [""] }, "every verb on every resource"],
    [{ ...rbac, verbs: ["escalate"] }, "giving itself any role"],
    [{ ...rbac, verbs: ["get", "bind"] }, "giving itself any role"],
    [{ ...rbac, resources: ["*"], verbs: ["*"] }, "giving itself any role"],
    [{ apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }, "acting as anybody else"],
    [{ ...all, apiGroups: ["velero.io"] }, undefined],
    [{ ...all, verbs: ["get", "list", "watch"] }, undefined],
    [{ ...all, resources: ["pods"] }, undefined],
    [{ ...rbac, verbs: ["get"] }, undefined],
    [{ apiGroups: [""], resources: ["users"], verbs: ["impersonate"], resourceNames: ["a"] }, undefined],
    [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }, undefined],
  ];
  for (const [rule, right] of rights) {
    it(`reads ${JSON.stringify(rule)} as ${right ?? "an ordinary role"}`, () => {
      assert.equal(
        adminRight({ rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }, rule] }),
        right,
      );
    });
  }
  it("reads rules not yet known as an ordinary role", () =>
    assert.equal(adminRight({ rules: notYetKnown }), undefined));

  const role = (kind: string, namespace?: string) => ({
    kind,
    metadata: { name: "r", namespace },
    rules: [all],
  });
  const refused = (name: string, bound: string) =>
    `${name} binds ${bound}, which allows every verb on every resource, to ServiceAccount web/guest; ${mend}`;
  it("refuses a binding to such a role, whichever comes first", () => {
    const to = binding([velero, guest], { kind: "ClusterRole", name: "r" });
    const expected = [{ binding: to, message: refused("ClusterRoleBinding b", "ClusterRole r") }];
    assert.deepEqual(checkBindings([to, role("ClusterRole")]), expected);
    assert.deepEqual(checkBindings([role("ClusterRole"), to]), expected);
  });
  it("refuses one to a Role in the same namespace only", () => {
    const to = binding([guest], { kind: "Role", name: "r" }, "RoleBinding");
    assert.deepEqual(checkBindings([role("Role", "web"), to]), [
      { binding: to, message: refused("RoleBinding web/b", "Role web/r") },
    ]);
    assert.deepEqual(checkBindings([role("Role", "elsewhere"), to]), []);
    assert.deepEqual(checkBindings([role("ClusterRole"), to]), []);
  });
  it("passes roles and bindings whose name or namespace is not yet known", () => {
    const named = (name: unknown) => ({ ...role("ClusterRole"), metadata: { name } });
    const to = (name: unknown) => binding([guest], { kind: "ClusterRole", name });
    assert.deepEqual(checkBindings([named(notYetKnown), to(notYetKnown), to("r")]), []);
    assert.deepEqual(checkBindings([named("r"), to(notYetKnown)]), []);
    const somewhere = { name: "r", namespace: notYetKnown };
    const local = { ...binding([guest], { kind: "Role", name: "r" }, "RoleBinding"), metadata: somewhere };
    assert.deepEqual(checkBindings([{ ...role("Role"), metadata: somewhere }, local]), []);
  });
  it("passes listed subjects, and such a role that is bound to nobody", () => {
    const to = binding([velero], { kind: "ClusterRole", name: "r" });
    assert.deepEqual(checkBindings([role("ClusterRole"), to]), []);
    assert.deepEqual(checkBindings([role("ClusterRole"), null, notYetKnown]), []);
  });
});
