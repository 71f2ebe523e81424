import assert from "node:assert/strict";
import { powersOf, type Rule } from "../../../verify/access/powers.js";
import { fakeTarget, findingOf, named } from "./fakeTarget.js";

const rule = (verbs: string, group: string, resources: string, more: Partial<Rule> = {}): Rule => ({
  verbs: verbs.split(" "),
  apiGroups: [group],
  resources: resources.split(" "),
  ...more,
});
const rbac = "rbac.authorization.k8s.io";

describe("a role's powers", () => {
  const everywhere: [given: Rule, powers: string[]][] = [
    [rule("get", "", "secrets"), ["reads Secrets"]],
    [rule("*", "", "secrets"), ["reads Secrets"]],
    [rule("list", "*", "*"), ["reads Secrets"]],
    [rule("get", "", "secrets", { resourceNames: ["one"] }), ["reads Secrets"]],
    [rule("create update delete", "", "secrets"), []],
    [rule("get", "", "configmaps"), []],
    [rule("get", "apps", "secrets"), []],
    [rule("escalate", rbac, "clusterroles"), ["gives roles away"]],
    [rule("bind", rbac, "roles"), ["gives roles away"]],
    [rule("create", rbac, "rolebindings"), []],
    [rule("impersonate", "", "groups"), ["acts as others"]],
    [rule("create", "", "serviceaccounts/token"), ["makes tokens of ServiceAccounts"]],
    [rule("create", "", "serviceaccounts/*"), ["makes tokens of ServiceAccounts"]],
    [rule("create", "", "*/exec"), ["runs commands in pods"]],
    [rule("get", "", "pods/log"), []],
    [rule("create", "", "pods"), ["runs pods as any ServiceAccount"]],
    [rule("get list watch", "", "pods"), []],
    [rule("patch", "apps", "deployments statefulsets"), ["runs pods as any ServiceAccount"]],
    [rule("create", "batch", "jobs"), ["runs pods as any ServiceAccount"]],
    [rule("get", "", "nodes/proxy"), ["commands kubelets"]],
    [
      rule("update", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
      ["reads what others send to the API server"],
    ],
    [rule("approve", "certificates.k8s.io", "signers"), ["signs certificates of clients"]],
  ];
  for (const [given, powers] of everywhere) {
    it(`${given.verbs.join(" ")} ${given.resources!.join(" ")}.${given.apiGroups![0]}: ${powers.join(", ") || "none"}`, () =>
      assert.deepEqual(powersOf([given], { everywhere: true, besideAdministrators: false }), powers));
  }

  it("in one namespace reach as far as who runs there", () => {
    const rules = [rule("create", "", "pods"), rule("get", "", "secrets")];
    const alone = { everywhere: false, besideAdministrators: false };
    assert.deepEqual(powersOf(rules, alone), ["reads Secrets"]);
    assert.deepEqual(powersOf(rules, { ...alone, besideAdministrators: true }), [
      "reads Secrets",
      "runs pods as any ServiceAccount",
    ]);
  });
});

describe("who reads Secrets or could", () => {
  const path = "/apis/rbac.authorization.k8s.io/v1";
  const reader = { rules: [rule("get", "", "secrets")] };
  const bound = (role: string, subject: object, namespace?: string, kind = "ClusterRole") =>
    named("given", { roleRef: { kind, name: role }, subjects: [subject] }, namespace);
  const account = (namespace: string, name: string) => ({ kind: "ServiceAccount", namespace, name });
  const find = (bindings: object[], settings: Record<string, unknown> = {}) =>
    findingOf(
      "Unauthorized cluster access",
      "Nobody else reads Secrets",
      fakeTarget(
        {
          [`${path}/clusterroles`]: [
            named("reader", reader),
            named("system:controller:expand-controller", reader),
            named("creator", { rules: [rule("create", "", "pods")] }),
          ],
          [`${path}/roles`]: [named("own", reader, "apps")],
          [`${path}/clusterrolebindings`]: bindings.filter((b) => !("namespace" in (b as any).metadata)),
          [`${path}/rolebindings`]: bindings.filter((b) => "namespace" in (b as any).metadata),
        },
        { settings },
      ),
    );
  const mend = "Take the right away, or add the subject to the setting access.privileged";

  it("is on the list", async () => {
    assert.deepEqual(await find([bound("reader", account("cert-manager", "cert-manager"))]), {
      status: "proved",
      evidence:
        "beside Kubernetes' own controllers ServiceAccount cert-manager/cert-manager, all of them on the list",
    });
  });

  it("is one of Kubernetes' own controllers, and nobody that its binding was widened to", async () => {
    const role = "system:controller:expand-controller";
    assert.equal((await find([bound(role, account("kube-system", "expand-controller"))])).status, "proved");
    assert.deepEqual(await find([bound(role, account("kube-system", "default"))]), {
      status: "failed",
      evidence: `not on the list: ServiceAccount kube-system/default reads Secrets everywhere, by ClusterRole ${role} in given. ${mend}`,
    });
  });

  it("fails for anybody else, until the settings list them", async () => {
    const traefik = bound("reader", account("traefik", "traefik"));
    assert.deepEqual(await find([traefik]), {
      status: "failed",
      evidence: `not on the list: ServiceAccount traefik/traefik reads Secrets everywhere, by ClusterRole reader in given. ${mend}`,
    });
    const listed = { ...account("traefik", "traefik"), reason: "serves certificates" };
    assert.equal((await find([traefik], { "access.privileged": [listed] })).status, "proved");
  });

  it("counts one namespace, and more of it where administrators run", async () => {
    const ann = { kind: "User", name: "ann" };
    const own = await find([bound("own", ann, "apps", "Role")]);
    assert.match(
      own.evidence,
      /^not on the list: User ann reads Secrets in apps, by Role apps\/own in apps\/given\./,
    );
    assert.equal((await find([bound("creator", ann, "apps")])).status, "proved");
    assert.match(
      (await find([bound("creator", ann, "velero")])).evidence,
      /^not on the list: User ann runs pods as any ServiceAccount in velero, by ClusterRole creator in velero\/given\./,
    );
  });
});
