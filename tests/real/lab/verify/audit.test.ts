import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { KubeApi } from "../../../../stacks/kubernetes/api.js";
import type { Level, SecretsLevel } from "../../../../cli/verify/checks/audit/activity.js";
import { requests, type AuditEvent } from "../../../../cli/verify/checks/audit/events.js";
import { forwardingClaims } from "../../../../cli/verify/checks/audit/forwarding.js";
import { AuditLog } from "../../../../cli/verify/checks/audit/log.js";
import { apiActivity } from "../../../../cli/verify/claims/apiActivity.js";
import type { Needles, User } from "./auditRequest.js";
import { Lab, nodeFilesOf, settingsWith, withApiServerFlags } from "./lab.js";
import { linesAbout, replay, signIn, type Replayed } from "./auditReplay.js";

const settings: Record<SecretsLevel, ReturnType<typeof settingsWith>> = {
  Metadata: settingsWith({ "controlPlane.audit.secretsLevel": "Metadata" }),
  RequestResponse: settingsWith({ "controlPlane.audit.secretsLevel": "RequestResponse" }),
};

describe("the audit log", function () {
  let lab: Lab;
  let users: Record<User, KubeApi>;
  let logFile: string;

  before(async () => {
    lab = await Lab.of("audit");
    logFile = join(lab.plane.paths.node, "var/log/kubernetes/audit/audit.log");
  });
  after(() => lab.stop());

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
        if (first) users = await signIn(lab);
        const audit = new AuditLog(logFile);
        const mark = audit.mark();
        replayed = await replay(users, needles);
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
