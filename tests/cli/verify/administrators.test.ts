import assert from "node:assert/strict";
import type { RoleRule } from "../../../cli/verify/checks/access/powers.js";
import { find } from "./accessClaims.js";
import { named } from "./fakeTarget.js";

const path = "/apis/rbac.authorization.k8s.io/v1";
const rbac = "rbac.authorization.k8s.io";
const all = (...apiGroups: string[]): RoleRule => ({ verbs: ["*"], apiGroups, resources: ["*"] });
const some = (verbs: string[], group: string, ...resources: string[]): RoleRule => ({
  verbs,
  apiGroups: [group],
  resources,
});
const ann = { kind: "User", name: "ann" };

describe("administrators by another name", () => {
  const held = (
    rules: RoleRule[],
    { name = "helper", subjects = [ann] as object[], namespace = undefined as string | undefined } = {},
    settings: Record<string, unknown> = {},
  ) => {
    const binding = named("given", { roleRef: { kind: "ClusterRole", name }, subjects }, namespace);
    return find(
      "Nobody holds cluster-admin",
      {
        [`${path}/clusterroles`]: [named(name, { rules })],
        [`${path}/roles`]: [],
        [`${path}/clusterrolebindings`]: namespace === undefined ? [binding] : [],
        [`${path}/rolebindings`]: namespace === undefined ? [] : [binding],
      },
      { settings },
    );
  };
  const holds = "User ann holds ClusterRole helper by given";
  const inApps = "User ann holds ClusterRole helper by apps/given";

  const cases: [title: string, rules: RoleRule[], says: string][] = [
    ["everything in one rule", [all("*")], holds],
    ["every group by its name", [all("", "apps", "batch", rbac, "admissionregistration.k8s.io")], holds],
    ["a rule for each group", ["", "apps", "batch", rbac].map((group) => all(group)), holds],
    ["the core group and the right to bind", [all(""), some(["bind"], rbac, "clusterroles")], holds],
    [
      "roles beyond one's own",
      [some(["escalate", "update"], rbac, "clusterroles")],
      `${holds}, which gives roles away (give-roles)`,
    ],
    [
      "roles of others",
      [some(["bind"], rbac, "clusterroles")],
      `${holds}, which gives roles away (give-roles)`,
    ],
    ["all of roles", [all(rbac)], `${holds}, which gives roles away (give-roles)`],
    [
      "the name of another",
      [some(["impersonate"], "", "groups")],
      `${holds}, which acts as others (impersonate)`,
    ],
    ["all of the core group", [all("")], `${holds}, which acts as others (impersonate)`],
  ];
  for (const [title, rules, says] of cases) {
    it(`have ${title}`, async () =>
      assert.deepEqual(await held(rules), { status: "failed", evidence: `${says} and is not on the list` }));
  }

  it("may be one of a namespace", async () => {
    for (const rules of [[all("*")], [all(""), all(rbac)]])
      assert.deepEqual(await held(rules, { namespace: "apps" }), {
        status: "failed",
        evidence: `${inApps} and is not on the list`,
      });
    for (const rules of [[all("")], [some(["impersonate"], "", "serviceaccounts")]])
      assert.equal((await held(rules, { namespace: "apps" })).status, "proved");
  });

  it("do not hide behind the name of one of Kubernetes' own roles", async () => {
    const subjects = [{ kind: "ServiceAccount", namespace: "kube-system", name: "backdoor" }];
    assert.deepEqual(await held([all(""), all(rbac)], { name: "system:controller:backdoor", subjects }), {
      status: "failed",
      evidence:
        "ServiceAccount kube-system/backdoor holds ClusterRole system:controller:backdoor by given and is not on the list",
    });
  });

  it("are not Kubernetes' own controllers, until their roles give more", async () => {
    const name = "system:controller:clusterrole-aggregation-controller";
    const subjects = [
      { kind: "ServiceAccount", namespace: "kube-system", name: "clusterrole-aggregation-controller" },
    ];
    const own = some(["escalate", "get", "list", "patch", "update", "watch"], rbac, "clusterroles");
    assert.equal((await held([own], { name, subjects })).status, "proved");
    assert.match(
      (await held([own, some(["bind"], rbac, "clusterroles")], { name, subjects })).evidence,
      /clusterrole-aggregation-controller by given, which gives roles away \(give-roles\) and is not on the list$/,
    );
  });

  it("are listed, or privileged for that", async () => {
    const given = [some(["bind"], rbac, "clusterroles"), some(["impersonate"], "", "users")];
    const listed = { ...ann, reason: "looks after everybody" };
    const allowed = { status: "proved", evidence: "held by User ann alone, all of them on the list" };
    const both = { ...listed, may: ["give-roles", "impersonate"], namespaces: ["*"] };
    assert.deepEqual(await held(given, {}, { "access.clusterAdmins": [listed] }), allowed);
    assert.deepEqual(await held(given, {}, { "access.privileged": [both] }), allowed);
    for (const less of [{ may: ["give-roles"] }, { namespaces: ["apps"] }])
      assert.equal((await held(given, {}, { "access.privileged": [{ ...both, ...less }] })).status, "failed");
    assert.equal((await held([all("*")], {}, { "access.privileged": [both] })).status, "failed");
  });

  it("are none without a subject or a right", async () => {
    const nobody = { status: "proved", evidence: "nobody holds it" };
    assert.deepEqual(await held([all("*")], { subjects: [] }), nobody);
    assert.deepEqual(await held([some(["get"], "", "*"), all("apps")]), nobody);
  });
});
