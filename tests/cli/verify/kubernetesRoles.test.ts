import assert from "node:assert/strict";
import { bindingOfJoins, kubernetesBindings } from "../../../cli/verify/checks/access/kubernetesRoles.js";
import { powersOf, type RoleRule } from "../../../cli/verify/checks/access/powers.js";
import { find } from "./accessClaims.js";
import { named, type Answer } from "./fakeTarget.js";

const path = "/apis/rbac.authorization.k8s.io/v1";
const rule = (
  verbs: string,
  resources: string,
  apiGroups = [""],
  more: Partial<RoleRule> = {},
): RoleRule => ({
  verbs: verbs.split(" "),
  apiGroups,
  resources: resources.split(" "),
  ...more,
});

/** A role and who is bound to it; in a namespace it is a Role, or a ClusterRole by a RoleBinding. */
interface Given {
  kind?: string;
  name: string;
  namespace?: string;
  subject: { kind: string; namespace?: string; name: string };
  rules: RoleRule[];
}

function giving({ kind = "ClusterRole", name, namespace, subject, rules }: Given): Record<string, Answer> {
  const role = named(name, { rules }, kind === "Role" ? namespace : undefined);
  const binding = named("given", { roleRef: { kind, name }, subjects: [subject] }, namespace);
  return {
    [`${path}/clusterroles`]: kind === "ClusterRole" ? [role] : [],
    [`${path}/roles`]: kind === "Role" ? [role] : [],
    [`${path}/clusterrolebindings`]: namespace === undefined ? [binding] : [],
    [`${path}/rolebindings`]: namespace === undefined ? [] : [binding],
  };
}

const account = (name: string, namespace = "kube-system") => ({ kind: "ServiceAccount", namespace, name });
const privileges = (given: Given) => find("Nobody else reads Secrets", giving(given));

describe("what Kubernetes itself gives", () => {
  const nobody = { status: "proved", evidence: "nobody next to Kubernetes' own controllers" };
  for (const { kind, name, namespace, subjects, rules, dropped = [] } of [
    ...kubernetesBindings,
    bindingOfJoins,
  ]) {
    if (rules.length + dropped.length === 0) continue;
    it(`is nobody else's: ${kind} ${name}${namespace === undefined ? "" : ` in ${namespace}`}`, async () => {
      for (const subject of subjects) {
        const given = { kind, name, namespace, subject, rules: [...rules, ...dropped] };
        assert.deepEqual(await privileges(given), nobody);
        assert.notEqual(powersOf(given.rules, namespace).length, 0);
        const other = { ...subject, name: `${subject.name}-2` };
        assert.equal((await privileges({ ...given, subject: other })).status, "failed");
        const elsewhere = namespace === undefined ? "kube-system" : undefined;
        // Without its namespace a Role is none.
        if (kind === "ClusterRole" && powersOf(rules, elsewhere).length > 0)
          assert.equal((await privileges({ ...given, namespace: elsewhere })).status, "failed");
      }
    });
  }

  const apiServer: Given = {
    name: "system:kubelet-api-admin",
    subject: { kind: "User", name: "kube-apiserver-kubelet-client" },
    rules: [
      rule("get list watch", "nodes"),
      rule("proxy", "nodes"),
      rule("*", "nodes/log nodes/metrics nodes/proxy nodes/stats"),
    ],
  };

  it("is the API server's way to kubelets, as kubeadm binds it, and no other user's", async () => {
    assert.deepEqual(await privileges(apiServer), nobody);
    const { status, evidence } = await privileges({ ...apiServer, subject: { kind: "User", name: "ann" } });
    assert.equal(status, "failed");
    assert.match(
      evidence,
      /^not on the list: User ann reaches into nodes \(use-nodes\) everywhere, by ClusterRole system:kubelet-api-admin in given\./,
    );
  });

  const controller = (name: string, ...rules: RoleRule[]): Given => ({
    name: `system:controller:${name}`,
    subject: account(name),
    rules,
  });
  const left = (role: string, what = `delete clusterrole ${role}`) =>
    " (Kubernetes' own role with more rules than Kubernetes gives it today, as an upgrade from 1.29 or older leaves there: " +
    `kubectl ${what}, and restart kube-apiserver at once, which makes it anew)`;
  const leftIn = (name: string) => left(`system:controller:${name}`);
  const more: [title: string, given: Given, says: string][] = [
    [
      "Kubernetes binds system:node to nobody",
      {
        name: "system:node",
        subject: { kind: "Group", name: "system:nodes" },
        rules: [rule("get list watch", "secrets configmaps")],
      },
      "Group system:nodes reads Secrets (read-secrets) everywhere, by ClusterRole system:node in given",
    ],
    [
      "a Role of kube-system is no ClusterRole",
      controller("token-cleaner", rule("get list watch", "secrets")),
      "ServiceAccount kube-system/token-cleaner reads Secrets (read-secrets) everywhere, " +
        "by ClusterRole system:controller:token-cleaner in given",
    ],
    [
      "nor one of another namespace",
      {
        ...controller("token-cleaner", rule("get list watch", "secrets")),
        ...{ kind: "Role", namespace: "apps" },
      },
      "ServiceAccount kube-system/token-cleaner reads Secrets (read-secrets) in apps, " +
        "by Role apps/system:controller:token-cleaner in apps/given",
    ],
    [
      "a verb more is another rule",
      controller("root-ca-cert-publisher", rule("*", "configmaps")),
      "ServiceAccount kube-system/root-ca-cert-publisher changes the configuration of the cluster's own parts " +
        `(configure-cluster) everywhere, by ClusterRole system:controller:root-ca-cert-publisher in given${leftIn("root-ca-cert-publisher")}`,
    ],
    [
      "powers that the role has by other rights do not count for these",
      controller("generic-garbage-collector", rule("get list create", "secrets pods pods/exec")),
      "ServiceAccount kube-system/generic-garbage-collector runs pods with any Secret and ServiceAccount (run-pods), " +
        "runs commands in pods (enter-pods), makes tokens of ServiceAccounts (make-tokens) everywhere, by ClusterRole system:controller:generic-garbage-collector in given" +
        leftIn("generic-garbage-collector"),
    ],
    [
      "all of a kind is more than some by name",
      controller("certificate-controller", rule("approve", "signers", ["certificates.k8s.io"])),
      "ServiceAccount kube-system/certificate-controller signs certificates of clients (sign-certificates) everywhere, " +
        "by ClusterRole system:controller:certificate-controller in given" +
        leftIn("certificate-controller"),
    ],
    [
      "and so is another by name",
      controller(
        "certificate-controller",
        rule("approve", "signers", ["certificates.k8s.io"], {
          resourceNames: [
            "kubernetes.io/kube-apiserver-client-kubelet",
            "kubernetes.io/kube-apiserver-client",
          ],
        }),
      ),
      "ServiceAccount kube-system/certificate-controller signs certificates of clients (sign-certificates) everywhere, " +
        "by ClusterRole system:controller:certificate-controller in given" +
        leftIn("certificate-controller"),
    ],
  ];
  for (const [title, given, says] of more) {
    it(`is not what goes beyond it: ${title}`, async () => {
      const { status, evidence } = await privileges(given);
      assert.equal(status, "failed");
      assert.ok(evidence.startsWith(`not on the list: ${says}. Take`), evidence);
    });
  }

  const component = (name: string, ...rules: RoleRule[]): Given => ({
    name,
    subject: { kind: "User", name },
    rules,
  });
  const upgraded: [release: string, given: Given, power: string][] = [
    ["1.29", controller("expand-controller", rule("get", "secrets")), "reads Secrets (read-secrets)"],
    ["1.29", controller("persistent-volume-binder", rule("get", "secrets")), "reads Secrets (read-secrets)"],
    ["1.29", controller("persistent-volume-binder", rule("create", "services endpoints")), "(take-names)"],
    [
      "1.25",
      controller(
        "horizontal-pod-autoscaler",
        rule("get", "services/proxy", [""], { resourceNames: ["http:heapster:", "https:heapster:"] }),
      ),
      "(reach-pods)",
    ],
    ["1.25", component("system:kube-scheduler", rule("create", "endpoints")), "(take-names)"],
    ["1.25", component("system:kube-controller-manager", rule("create", "endpoints")), "(take-names)"],
  ];
  for (const [release, given, power] of upgraded) {
    it(`is no longer what ${release} gave, and how to take it away is said: ${given.name} ${power}`, async () => {
      const { status, evidence } = await privileges(given);
      assert.equal(status, "failed");
      assert.ok(evidence.includes(`${power} everywhere, by ClusterRole ${given.name} in given`), evidence);
      assert.ok(evidence.includes(`${left(given.name)}. Take the right away`), evidence);
    });
  }

  it("is deleted in its namespace where it is a Role", async () => {
    const name = "system:controller:token-cleaner";
    const rules = [rule("create", "pods")];
    const { evidence } = await privileges({
      ...{ kind: "Role", name, namespace: "kube-system" },
      ...{ subject: account("token-cleaner"), rules },
    });
    assert.ok(evidence.includes(left(name, `-n kube-system delete role ${name}`)), evidence);
  });

  it("may be less than that, or more that gives no power", async () => {
    assert.deepEqual(
      await privileges(controller("generic-garbage-collector", rule("get delete", "secrets pods"))),
      nobody,
    );
    assert.deepEqual(
      await privileges(
        controller("root-ca-cert-publisher", rule("get list", "nodes"), rule("create", "configmaps")),
      ),
      nobody,
    );
  });
});
