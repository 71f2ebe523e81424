import assert from "node:assert/strict";
import type { RoleRule } from "../../../cli/verify/checks/access/powers.js";
import { fakeTarget, findingOf, named } from "./fakeTarget.js";

const rule = (verbs: string, group: string, resources: string, more: Partial<RoleRule> = {}): RoleRule => ({
  verbs: verbs.split(" "),
  apiGroups: [group],
  resources: resources.split(" "),
  ...more,
});

describe("who reads Secrets or could", () => {
  const path = "/apis/rbac.authorization.k8s.io/v1";
  const reader = { rules: [rule("get", "", "secrets")] };
  const bound = (role: string, subject: object, namespace?: string, kind = "ClusterRole") =>
    named("given", { roleRef: { kind, name: role }, subjects: [subject] }, namespace);
  const account = (namespace: string, name: string) => ({ kind: "ServiceAccount", namespace, name });
  const find = (bindings: object[], privileged: object[] = []) =>
    findingOf(
      "Unauthorized cluster access",
      "Nobody else reads Secrets",
      fakeTarget(
        {
          [`${path}/clusterroles`]: [
            named("reader", reader),
            ...["namespace-controller", "deployment-controller", "backdoor", "constructor"].map((name) =>
              named(`system:controller:${name}`, reader),
            ),
            named("creator", { rules: [rule("create", "", "pods")] }),
            named("enterer", { rules: [rule("create", "", "pods/exec")] }),
            named("edit", {
              rules: [
                rule("get", "", "secrets"),
                rule("create", "", "pods"),
                rule("create", "", "pods/exec"),
              ],
            }),
          ],
          [`${path}/roles`]: [named("own", reader, "apps")],
          [`${path}/clusterrolebindings`]: bindings.filter((b) => !("namespace" in (b as any).metadata)),
          [`${path}/rolebindings`]: bindings.filter((b) => "namespace" in (b as any).metadata),
        },
        { settings: { "access.privileged": privileged } },
      ),
    );
  const mend =
    "Take the right away, or list the subject, what it may and in which namespaces in the setting access.privileged";
  const ann = { kind: "User", name: "ann" };

  it("is on the list", async () => {
    assert.deepEqual(await find([bound("reader", account("cert-manager", "cert-manager"))]), {
      status: "proved",
      evidence:
        "next to Kubernetes' own controllers ServiceAccount cert-manager/cert-manager, each of them on the list with what it may",
    });
  });

  it("is an account of the binding's namespace where the binding names none", async () => {
    const redis = { kind: "ServiceAccount", name: "argocd-redis" };
    assert.equal((await find([bound("reader", redis, "argocd")])).status, "proved");
    assert.deepEqual(await find([bound("reader", redis, "apps")]), {
      status: "failed",
      evidence: `not on the list: ServiceAccount apps/argocd-redis reads Secrets (read-secrets) in apps, by ClusterRole reader in apps/given. ${mend}`,
    });
  });

  it("is one of Kubernetes' own controllers, and nobody that its binding was widened to", async () => {
    const role = "system:controller:namespace-controller";
    const [own, other] = [account("kube-system", "namespace-controller"), account("kube-system", "default")];
    assert.deepEqual(await find([bound(role, own)]), {
      status: "proved",
      evidence: "nobody next to Kubernetes' own controllers",
    });
    assert.deepEqual(await find([bound(role, other)]), {
      status: "failed",
      evidence: `not on the list: ServiceAccount kube-system/default reads Secrets (read-secrets) everywhere, by ClusterRole ${role} in given. ${mend}`,
    });
  });

  it("is nobody who only has the name of one of them, and no controller whose role was widened", async () => {
    const widened = "system:controller:deployment-controller";
    for (const role of ["system:controller:backdoor", "system:controller:constructor", widened]) {
      const name = role.split(":")[2]!;
      const anew =
        role === widened
          ? " (Kubernetes' own role with more rules than Kubernetes gives it today, as an upgrade from 1.29 or older leaves there: " +
            `kubectl delete clusterrole ${role}, and restart kube-apiserver at once, which makes it anew)`
          : "";
      assert.deepEqual(await find([bound(role, account("kube-system", name))]), {
        status: "failed",
        evidence: `not on the list: ServiceAccount kube-system/${name} reads Secrets (read-secrets) everywhere, by ClusterRole ${role} in given${anew}. ${mend}`,
      });
    }
  });

  it("fails for anybody else, until the settings list them for as much", async () => {
    const traefik = bound("reader", account("traefik", "traefik"));
    const finding = {
      status: "failed",
      evidence: `not on the list: ServiceAccount traefik/traefik reads Secrets (read-secrets) everywhere, by ClusterRole reader in given. ${mend}`,
    };
    const listed = { ...account("traefik", "traefik"), reason: "serves certificates" };
    assert.deepEqual(await find([traefik]), finding);
    assert.deepEqual(await find([traefik], [listed]), finding);
    assert.deepEqual(await find([traefik], [{ ...listed, may: ["run-pods"], namespaces: ["*"] }]), finding);
    assert.equal((await find([traefik], [{ ...listed, namespaces: ["*"] }])).status, "proved");
  });

  it("is a listed one by a right it is not listed for", async () => {
    const dex = account("argocd", "argocd-dex-server");
    assert.equal((await find([bound("reader", dex, "argocd")])).status, "proved");
    assert.deepEqual(await find([bound("edit", dex)]), {
      status: "failed",
      evidence:
        "not on the list: ServiceAccount argocd/argocd-dex-server reads Secrets (read-secrets), " +
        "runs pods with any Secret and ServiceAccount (run-pods), runs commands in pods (enter-pods) everywhere, " +
        `by ClusterRole edit in given. ${mend}`,
    });
    assert.match(
      (await find([bound("edit", dex, "argocd")])).evidence,
      /^not on the list: ServiceAccount argocd\/argocd-dex-server runs pods with any Secret and ServiceAccount \(run-pods\), runs commands in pods \(enter-pods\) in argocd, by/,
    );
  });

  const inApps: [role: string, says: string][] = [
    ["reader", "reads Secrets (read-secrets)"],
    ["creator", "runs pods with any Secret and ServiceAccount (run-pods)"],
    ["enterer", "runs commands in pods (enter-pods)"],
  ];
  for (const [role, says] of inApps) {
    it(`counts in one namespace: ${says}`, async () => {
      assert.deepEqual(await find([bound(role, ann, "apps")]), {
        status: "failed",
        evidence: `not on the list: User ann ${says} in apps, by ClusterRole ${role} in apps/given. ${mend}`,
      });
      const may = [/\((.*)\)/.exec(says)![1]];
      const listed = { ...ann, reason: "looks after apps", may };
      assert.equal(
        (await find([bound(role, ann, "apps")], [{ ...listed, namespaces: ["apps"] }])).status,
        "proved",
      );
      assert.equal(
        (await find([bound(role, ann, "apps")], [{ ...listed, namespaces: ["other"] }])).status,
        "failed",
      );
      assert.equal((await find([bound(role, ann)], [{ ...listed, namespaces: ["apps"] }])).status, "failed");
    });
  }

  it("counts a Role of a namespace", async () => {
    assert.match(
      (await find([bound("own", ann, "apps", "Role")])).evidence,
      /^not on the list: User ann reads Secrets \(read-secrets\) in apps, by Role apps\/own in apps\/given\./,
    );
  });

  it("says whose rights a pod next to them would have", async () => {
    const { evidence } = await find([
      bound("reader", account("cert-manager", "cert-manager")),
      bound("creator", ann, "cert-manager"),
    ]);
    assert.equal(
      evidence,
      "not on the list: User ann runs pods with any Secret and ServiceAccount (run-pods) in cert-manager, " +
        `where cert-manager may more, by ClusterRole creator in cert-manager/given. ${mend}`,
    );
  });
});
