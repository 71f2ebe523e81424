import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeApi } from "../../../../cli/verify/cluster/api.js";
import type { Level, Policy } from "../../../../cli/verify/checks/audit/activity.js";
import { parseAuditLog, requests, type AuditEvent } from "../../../../cli/verify/checks/audit/events.js";
import { forwardingClaims } from "../../../../cli/verify/checks/audit/forwarding.js";
import {
  podExec,
  rbacChanges,
  secretAccess,
  whoChanged,
  type Deed,
} from "../../../../cli/verify/checks/audit/questions.js";
import { AuditLog } from "../../../../cli/verify/checks/audit/log.js";
import { apiActivity } from "../../../../cli/verify/claims/apiActivity.js";
import { create } from "../../../../cli/verify/cluster/objects.js";
import { auditedRequests, type AuditedRequest, type Needles, type User } from "./auditRequests.js";
import { Lab, nodeFilesOf, settingsWith, withApiServerFlags } from "./lab.js";

const settings: Record<Policy, ReturnType<typeof settingsWith>> = {
  Metadata: settingsWith({ "controlPlane.audit.secretsLevel": "Metadata" }),
  RequestResponse: settingsWith({ "controlPlane.audit.secretsLevel": "RequestResponse" }),
};

/** A request that was made, and how it was answered. */
interface Replayed extends AuditedRequest {
  auditId: string;
  status: number;
  body: string;
}

describe("the audit log", function () {
  let lab: Lab;
  let users: Record<User, KubeApi>;
  let logFile: string;

  before(async () => {
    lab = await Lab.of("audit");
    logFile = join(lab.plane.paths.node, "var/log/kubernetes/audit/audit.log");
  });
  after(() => lab.stop());

  async function signIn(): Promise<void> {
    const admin = await lab.kubeconfigUser("super-admin");
    await create(admin, "/api/v1/namespaces", { metadata: { name: "audit" } });
    const clusterAdmin = (kind: string, name: string) => ({
      metadata: { name: `audit-test-${name}` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind, name, apiGroup: "rbac.authorization.k8s.io" }],
    });
    await create(
      admin,
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
      clusterAdmin("Group", "developers"),
    );
    await create(admin, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "audit-test-kube-proxy" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:node-proxier" },
      subjects: [{ kind: "ServiceAccount", name: "kube-proxy", namespace: "kube-system" }],
    });
    const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["*"] };
    const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/audit";
    await create(admin, `${roles}/roles`, { metadata: { name: "election" }, rules: [leases] });
    await create(admin, `${roles}/rolebindings`, {
      metadata: { name: "election" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "election" },
      subjects: [{ kind: "ServiceAccount", name: "app", namespace: "audit" }],
    });
    await create(admin, "/api/v1/namespaces/audit/pods", {
      metadata: { name: "target" },
      spec: {
        containers: [{ name: "main", image: "example.com/main" }],
        automountServiceAccountToken: false,
      },
    }).catch(async () => {
      // The namespace's ServiceAccount is made a moment after the namespace.
      await sleep(3000);
      await create(admin, "/api/v1/namespaces/audit/pods", {
        metadata: { name: "target" },
        spec: { containers: [{ name: "main", image: "example.com/main" }] },
      });
    });
    await create(admin, "/api/v1/nodes", { metadata: { name: "node-1" } });
    users = {
      admin,
      alice: await lab.certificateUser("alice", ["developers"]),
      bob: await lab.certificateUser("bob"),
      node: await lab.certificateUser("system:node:node-1", ["system:nodes"]),
      "controller manager": await lab.kubeconfigUser("controller-manager"),
      scheduler: await lab.kubeconfigUser("scheduler"),
      "kube-proxy": (await lab.serviceAccount(admin, "kube-system", "kube-proxy")).api,
      app: (await lab.serviceAccount(admin, "audit", "app")).api,
      nobody: admin,
    };
  }

  async function replay(needles: Needles): Promise<Replayed[]> {
    const replayed: Replayed[] = [];
    for (const row of auditedRequests(needles)) {
      const request = row.request(replayed.at(-1)?.body ?? "");
      const { auditId, status, body } = await users[row.user].request(request);
      assert.ok(auditId, `${row.user}: ${row.what} has no audit id`);
      replayed.push({ ...row, auditId, status, body });
    }
    return replayed;
  }

  /** What was written, once the last of the requests is in it. */
  async function linesAbout(
    replayed: Replayed[],
    written: () => string,
  ): Promise<{ text: string; events: AuditEvent[] }> {
    for (let tries = 0; ; tries++) {
      const text = written();
      const events = parseAuditLog(text);
      if (events.some(({ auditID }) => auditID === replayed.at(-1)!.auditId)) return { text, events };
      assert.ok(tries < 100, "the last request is in the log within 10 s");
      await sleep(100);
    }
  }

  for (const policy of ["Metadata", "RequestResponse"] as const) {
    describe(policy === "Metadata" ? "by the safe policy" : "by the page's policy", () => {
      const needles: Needles = {
        secret: `secret-${randomBytes(12).toString("hex")}`,
        configMap: `configmap-${randomBytes(12).toString("hex")}`,
        token: `token-${randomBytes(12).toString("hex")}`,
      };
      let replayed: Replayed[];
      let log: { text: string; events: AuditEvent[] };

      before(async function () {
        this.timeout(240_000);
        const changed = await lab.apply(await nodeFilesOf(settings[policy]));
        const first = policy === "Metadata";
        assert.deepEqual(
          changed,
          first
            ? ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]
            : ["kube-apiserver"],
          "another policy restarts the API server and nothing else",
        );
        if (first) await signIn();
        const audit = new AuditLog(logFile);
        const mark = audit.mark();
        replayed = await replay(needles);
        log = await linesAbout(replayed, () => audit.since(mark));
      });

      it("has every request at the level the policy promises", () => {
        assert.ok(replayed.length >= 25);
        const wrong = replayed.flatMap(({ user, what, level, auditId, status }) => {
          const levels = new Set<Level>(
            log.events.filter(({ auditID }) => auditID === auditId).map((event) => event.level),
          );
          const found = levels.size === 0 ? "None" : [...levels].join(" and ");
          return found === level[policy]
            ? []
            : [`${user}: ${what} (${status}): ${found}, not ${level[policy]}`];
        });
        assert.deepEqual(wrong, []);
      });

      it("has asked what it meant to ask", () => {
        const refused = replayed.filter(({ what }) => /refused|not signed in/.test(what));
        assert.deepEqual(
          refused.map(({ status }) => status),
          refused.map(({ what }) => (what.includes("not signed in") ? 401 : 403)),
        );
        // Nothing runs behind the proxies, and no kubelet takes an exec.
        const unreachable = /exec|attach|forward|proxy/;
        const rest = replayed.filter((row) => !refused.includes(row) && !unreachable.test(row.what));
        assert.deepEqual(
          rest
            .filter(({ status }) => status >= 300)
            .map(({ what, status, body }) => `${what}: ${status} ${body}`),
          [],
        );
      });

      it("has the right name of each user on each of them", () => {
        const names: Record<User, string | undefined> = {
          admin: "kubernetes-super-admin",
          alice: "alice",
          bob: "bob",
          node: "system:node:node-1",
          "controller manager": "system:kube-controller-manager",
          scheduler: "system:kube-scheduler",
          "kube-proxy": "system:serviceaccount:kube-system:kube-proxy",
          app: "system:serviceaccount:audit:app",
          nobody: undefined,
        };
        const events = requests(log.events);
        for (const { user, what, auditId, status } of replayed) {
          const event = events.find(({ auditID }) => auditID === auditId);
          if (!event) continue;
          const name = user === "nobody" && status !== 401 ? "system:anonymous" : names[user];
          assert.equal(event.user.username, name, `${user}: ${what}`);
        }
        const asAlice = replayed.find(({ what }) => what === "get a Secret as alice")!;
        const event = events.find(({ auditID }) => auditID === asAlice.auditId)!;
        assert.equal(event.impersonatedUser?.username, "alice");
      });

      if (policy === "Metadata") {
        it("has no secret in any line", () => {
          const tokenOfRequest = JSON.parse(
            replayed.find(({ what }) => what === "create a ServiceAccount's token")!.body,
          ).status.token as string;
          for (const needle of [...Object.values(needles), tokenOfRequest]) {
            for (const form of [needle, btoa(needle)]) {
              assert.equal(log.text.includes(form), false, "a value is in the log");
            }
          }
        });
      } else {
        it("has the values of Secrets, in a file for root alone", () => {
          assert.ok(log.text.includes(btoa(needles.secret)), "that is what the page's policy does");
          assert.equal(statSync(logFile).mode & 0o777, 0o600);
          assert.equal(log.text.includes(needles.configMap), false);
          assert.equal(log.text.includes(needles.token), false);
        });
      }

      it("answers the page's four questions", () => {
        const own = log.events.filter(({ objectRef }) => objectRef?.namespace === "audit");
        const short = (deeds: Deed[]) =>
          deeds.map(
            ({ who, verb, resource, name, code }) => `${who} ${verb} ${resource} ${name ?? "-"} ${code}`,
          );

        assert.deepEqual(
          short(
            whoChanged(own, { group: "apps", resource: "deployments", name: "web" }).filter(
              ({ who }) => who === "alice",
            ),
          ),
          [
            "alice create apps/deployments web 201",
            "alice patch apps/deployments web 200",
            "alice delete apps/deployments web 200",
          ],
        );
        assert.deepEqual(short(whoChanged(own, { group: "", resource: "secrets" })), [
          "alice create secrets needle 201",
          "alice patch secrets needle 200",
          "alice delete secrets needle 200",
        ]);

        const people = secretAccess(log.events).filter(
          ({ who }) => !who.startsWith("system:kube-controller-manager"),
        );
        const read = short(people.filter(({ namespace }) => namespace === "audit"));
        assert.deepEqual(read, [
          "alice get secrets needle 200",
          "alice list secrets - 200",
          "alice watch secrets - 200",
          "bob get secrets needle 403",
          "system:node:node-1 get secrets needle 403",
          "system:serviceaccount:audit:app list secrets - 403",
          "nobody known get secrets needle 401",
          "kubernetes-super-admin as alice get secrets needle 200",
        ]);
        assert.ok(
          short(people).includes("alice list secrets - 200") &&
            people.some(
              ({ who, namespace, verb }) => who === "alice" && namespace === undefined && verb === "list",
            ),
          "an export of all Secrets shows",
        );

        assert.deepEqual(
          podExec(own).map(({ who, verb, resource, name }) => `${who} ${verb} ${resource} ${name}`),
          [
            "alice create pods/exec target",
            "alice get pods/exec target",
            "alice create pods/attach target",
            "alice create pods/portforward target",
            "alice get pods/proxy target",
            "alice patch pods/ephemeralcontainers target",
            "bob create pods/exec target",
          ],
        );

        const rights = rbacChanges(log.events).filter(({ who }) => who === "alice");
        assert.deepEqual(short(rights), [
          "alice create rbac.authorization.k8s.io/roles reader 201",
          "alice create rbac.authorization.k8s.io/rolebindings reader 201",
          "alice create rbac.authorization.k8s.io/clusterrolebindings audit-view 201",
          "alice delete rbac.authorization.k8s.io/clusterrolebindings audit-view 200",
          "alice delete rbac.authorization.k8s.io/rolebindings reader 200",
          "alice delete rbac.authorization.k8s.io/roles reader 200",
        ]);
        const granted = rights[0]!.sent as { rules: object[] } | undefined;
        assert.deepEqual(
          granted?.rules,
          policy === "Metadata" ? [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] : undefined,
          "the safe policy keeps what was granted",
        );
      });

      it("is what verify proves", async () => {
        const findings = await lab.findings(apiActivity, settings[policy]);
        const sent = forwardingClaims.map(({ claim }) => findings[claim]!);
        assert.deepEqual(
          Object.entries(findings).filter(
            ([, finding]) => finding.status !== "proved" && !sent.includes(finding),
          ),
          [],
        );
        for (const { status, evidence } of sent) {
          assert.equal(status, "unchecked");
          assert.match(evidence, /^auditLogs\.enabled is false/);
        }
      });
    });
  }

  describe("that is not what the settings promise", () => {
    it("fails on the page's policy where the safe one is promised", async () => {
      const findings = await lab.findings(apiActivity, settings.Metadata);
      const failed = Object.entries(findings).filter(([, { status }]) => status === "failed");
      assert.deepEqual(
        failed.map(([claim]) => claim),
        [
          "Every request is logged at the level its policy promises",
          "The audit log gives no Secret to anybody but root",
        ],
      );
      assert.match(
        failed[0]![1].evidence,
        /create secrets: RequestResponse, not Metadata; .*get configmaps: None, not Metadata/,
      );
      assert.match(failed[1]![1].evidence, /^the value of a Secret is in \S+audit\.log$/);
    });

    it("fails without an audit log", async () => {
      const changed = await lab.apply(
        withApiServerFlags(await nodeFilesOf(settings.Metadata), { "audit-log-path": undefined }),
      );
      assert.deepEqual(changed, ["kube-apiserver"]);
      const findings = Object.values(await lab.findings(apiActivity, settings.Metadata));
      assert.deepEqual(
        findings.map(({ status }) => status),
        [...Array(7).fill("failed"), ...Array(3).fill("unchecked")],
      );
      assert.equal(findings[0]!.evidence, "the node's manifest: no --audit-log-path");
      assert.equal(findings[1]!.evidence, "the API server has no audit log on the node");
    });
  });
});
