import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../../../cli/kit/until.js";
import type { KubeApi } from "../../../../stacks/kubernetes/api.js";
import { parseAuditLog, type AuditEvent } from "../../../../cli/verify/checks/audit/events.js";
import { create } from "../../../../cli/verify/cluster/objects.js";
import { auditedRequests } from "./auditRequests.js";
import type { AuditedRequest, Needles, User } from "./auditRequest.js";
import type { Lab } from "./lab.js";

/** A request that was made, and how it was answered. */
export interface Replayed extends AuditedRequest {
  auditId: string;
  status: number;
  body: string;
}

/** Brings into the cluster what the requests need, and signs their users in. */
export async function signIn(lab: Lab): Promise<Record<User, KubeApi>> {
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
  return {
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

/** Makes the requests, one after the other. */
export async function replay(users: Record<User, KubeApi>, needles: Needles): Promise<Replayed[]> {
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
export async function linesAbout(
  replayed: Replayed[],
  written: () => string,
): Promise<{ text: string; events: AuditEvent[] }> {
  return until(() => {
    const text = written();
    const events = parseAuditLog(text);
    return events.some(({ auditID }) => auditID === replayed.at(-1)!.auditId) && { text, events };
  }, "the last request is not in the log");
}
