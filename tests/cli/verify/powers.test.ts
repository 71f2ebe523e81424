import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { format } from "prettier";
import { powers, type Power } from "../../../components/access/powers.js";
import { accessPage } from "../../../cli/verify/checks/access/powersTable.js";
import { descriptions, powersOf, type RoleRule } from "../../../cli/verify/checks/access/powers.js";

const rule = (verbs: string, group: string, resources: string, more: Partial<RoleRule> = {}): RoleRule => ({
  verbs: verbs.split(" "),
  apiGroups: [group],
  resources: resources.split(" "),
  ...more,
});
const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";

describe("a role's powers", () => {
  /** Rights that give a power by each of their verbs, on each of their resources; in a RoleBinding as well, or not. */
  const giving: [power: Power, group: string, resources: string, verbs: string, inRoleBinding?: boolean][] = [
    ["read-secrets", "", "secrets", "get list watch patch delete deletecollection *"],
    ["read-secrets", "velero.io", "downloadrequests", "create"],
    ["read-secrets", "velero.io", "backupstoragelocations", "create update patch"],
    ["read-secrets", "velero.io", "podvolumebackups podvolumerestores", "create update patch"],
    ["read-secrets", "cilium.io", "ciliumnetworkpolicies", "create update patch"],
    ["read-secrets", "cilium.io", "ciliumclusterwidenetworkpolicies", "create update patch", false],
    [
      "take-names",
      "traefik.io",
      "middlewares serverstransports tlsstores traefikservices",
      "create update patch",
    ],
    ["run-pods", "", "pods replicationcontrollers", "create update patch"],
    ["run-pods", "apps", "daemonsets deployments replicasets statefulsets", "create update patch"],
    ["run-pods", "batch", "jobs cronjobs", "create update patch"],
    [
      "run-pods",
      "argoproj.io",
      "rollouts experiments analysisruns analysistemplates clusteranalysistemplates",
      "create update patch",
    ],
    [
      "run-pods",
      "monitoring.coreos.com",
      "alertmanagers prometheusagents prometheuses thanosrulers",
      "create update patch",
    ],
    ["run-pods", "postgresql.cnpg.io", "clusters", "create update patch"],
    ["enter-pods", "", "pods/exec pods/attach */exec pods/*", "create get"],
    ["enter-pods", "", "pods/ephemeralcontainers", "update patch"],
    ["reach-pods", "", "pods/portforward pods/proxy services/proxy */proxy", "create get"],
    ["make-tokens", "", "serviceaccounts/token serviceaccounts/*", "create"],
    ["give-roles", rbac, "roles clusterroles", "bind escalate"],
    ["impersonate", "", "serviceaccounts", "impersonate"],
    ["impersonate", "", "users groups", "impersonate", false],
    ["impersonate", "authentication.k8s.io", "users groups", "impersonate:user-info"],
    ["impersonate", "authentication.k8s.io", "serviceaccounts", "impersonate:serviceaccount"],
    [
      "impersonate",
      "authentication.k8s.io",
      "nodes",
      "impersonate:arbitrary-node impersonate:associated-node",
    ],
    ["sign-certificates", "certificates.k8s.io", "signers", "approve sign", false],
    ["use-nodes", "", "nodes/proxy", "create get update patch delete", false],
    ["use-nodes", "", "persistentvolumes", "create", false],
    [
      "intercept-requests",
      admission,
      "mutatingwebhookconfigurations validatingwebhookconfigurations mutatingadmissionpolicies mutatingadmissionpolicybindings",
      "create update patch",
      false,
    ],
    ["intercept-requests", "apiextensions.k8s.io", "customresourcedefinitions", "create update patch", false],
    ["intercept-requests", "apiregistration.k8s.io", "apiservices", "create update patch", false],
    [
      "loosen-admission",
      admission,
      "validatingadmissionpolicies validatingadmissionpolicybindings",
      "update patch delete deletecollection",
      false,
    ],
    [
      "loosen-admission",
      admission,
      "mutatingwebhookconfigurations validatingwebhookconfigurations mutatingadmissionpolicies mutatingadmissionpolicybindings",
      "delete deletecollection",
      false,
    ],
    ["loosen-admission", "", "namespaces", "update patch"],
    ["open-network", "networking.k8s.io", "networkpolicies", "create update patch delete deletecollection"],
    ["open-network", "cilium.io", "ciliumnetworkpolicies", "create update patch delete deletecollection"],
    ["open-network", "cilium.io", "ciliumclusterwidenetworkpolicies", "create update patch delete", false],
    ["take-names", "cert-manager.io", "certificates certificaterequests", "create update patch"],
    [
      "take-names",
      "gateway.networking.k8s.io",
      "gateways grpcroutes httproutes referencegrants tlsroutes",
      "create update patch",
    ],
    ["take-names", "networking.k8s.io", "ingresses", "create update patch"],
    ["take-names", "", "services endpoints", "create update patch"],
    ["take-names", "", "services/status services/* */status", "update patch"],
    ["take-names", "discovery.k8s.io", "endpointslices", "create update patch"],
    ["configure-cluster", "", "configmaps", "create update patch", false],
    ["use-administrators", "velero.io", "restores backups", "create"],
    ["use-administrators", "velero.io", "schedules", "create update patch"],
    ["read-secrets", "cert-manager.io", "issuers", "create update patch"],
    ["read-secrets", "cert-manager.io", "clusterissuers", "create update patch", false],
    ["read-secrets", "acme.cert-manager.io", "challenges", "create update patch"],
    [
      "read-secrets",
      "monitoring.coreos.com",
      "alertmanagerconfigs podmonitors probes scrapeconfigs servicemonitors",
      "create update patch",
    ],
    ["make-tokens", "bitnami.com", "sealedsecrets", "create update patch", false],
    ["use-administrators", "argoproj.io", "applications applicationsets appprojects", "create update patch"],
  ];
  for (const [power, group, resources, verbs, inRoleBinding = true] of giving) {
    it(`${verbs} ${resources}.${group}: ${power}`, () => {
      for (const resource of resources.split(" ")) {
        for (const verb of verbs.split(" ")) {
          const given = [rule(verb, group, resource)];
          const everywhere = powersOf(given);
          // Some resources give more than one power by the verb *.
          assert.ok(everywhere.includes(power), `${verb} ${resource} everywhere`);
          assert.equal(powersOf(given, "apps").includes(power), inRoleBinding, `${verb} ${resource}`);
        }
      }
    });
  }

  const others: [given: RoleRule, powers: Power[]][] = [
    [rule("create update", "", "secrets"), ["make-tokens"]],
    [rule("get", "", "secrets", { resourceNames: ["one"] }), ["read-secrets"]],
    [rule("get", "", "configmaps"), []],
    [rule("get", "apps", "secrets"), []],
    [rule("get list watch", "", "pods"), []],
    [rule("delete", "", "pods"), []],
    [rule("get", "", "pods/log pods/ephemeralcontainers pods/status"), []],
    [rule("create", "", "pods/ephemeralcontainers"), []],
    [rule("update patch", "", "persistentvolumes"), []],
    [rule("create", rbac, "rolebindings"), []],
    [rule("get list watch delete", "batch", "jobs"), []],
    [rule("get list watch create", admission, "validatingadmissionpolicies"), []],
    [rule("get list watch", "apiextensions.k8s.io", "customresourcedefinitions"), []],
    [rule("get list watch", "velero.io", "restores backups downloadrequests"), []],
    [rule("get list watch", "argoproj.io", "applications"), []],
    [rule("create", "velero.io", "backups"), ["use-administrators"]],
    [rule("create update", "monitoring.coreos.com", "prometheusrules"), []],
    [rule("get list watch", "cert-manager.io", "issuers clusterissuers"), []],
    [rule("get list watch delete", "", "services endpoints services/status"), []],
    [rule("get list watch delete", "discovery.k8s.io", "endpointslices"), []],
    [rule("update", "", "services/finalizers endpoints/finalizers"), []],
    [rule("update", "certificates.k8s.io", "certificatesigningrequests/approval"), []],
    [rule("sign", "certificates.k8s.io", "signers", { resourceNames: ["issuers.cert-manager.io/*"] }), []],
    [
      rule("approve", "certificates.k8s.io", "signers", {
        resourceNames: ["kubernetes.io/kube-apiserver-client"],
      }),
      ["sign-certificates"],
    ],
    [rule("*", "*", "*"), [...powers]],
    [rule("get list watch", "*", "*"), ["read-secrets", "enter-pods", "reach-pods", "use-nodes"]],
  ];
  for (const [given, found] of others) {
    it(`${given.verbs.join(" ")} ${given.resources!.join(" ")}.${given.apiGroups![0]}${given.resourceNames ? ` named ${given.resourceNames.join(" ")}` : ""}: ${found.join(", ") || "none"}`, () =>
      assert.deepEqual(powersOf([given]).sort(), [...found].sort()));
  }

  it("in kube-system are more than elsewhere", () => {
    assert.deepEqual(powersOf([rule("create", "", "secrets configmaps")], "kube-system"), [
      "make-tokens",
      "configure-cluster",
    ]);
    assert.deepEqual(powersOf([rule("create", "", "secrets configmaps")], "apps"), []);
  });

  it("are each given by some right, and described", () => {
    assert.deepEqual([...new Set(giving.map(([power]) => power))].sort(), [...powers].sort());
    assert.deepEqual(Object.keys(descriptions).sort(), [...powers].sort());
  });

  it("are what docs/reference/access.md says", async () => {
    const page = readFileSync(new URL("../../../docs/reference/access.md", import.meta.url), "utf8");
    const wanted = await format(accessPage(page), { parser: "markdown", printWidth: 110 });
    assert.equal(page, wanted, "run npm run powers-table");
    const row = page.split("\n").filter((line) => line.startsWith("| `make-tokens`"));
    assert.match(
      row[2]!,
      /^\| `make-tokens` +\| core +\| `secrets` \(in kube-system\) +\| create, update, patch +\| yes/,
    );
  });
});
