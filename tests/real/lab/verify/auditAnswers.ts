import assert from "node:assert/strict";
import type { Policy } from "../../../../cli/verify/checks/audit/activity.js";
import type { AuditEvent } from "../../../../cli/verify/checks/audit/events.js";
import {
  podExec,
  rbacChanges,
  secretAccess,
  whoChanged,
  type Deed,
} from "../../../../cli/verify/checks/audit/questions.js";

/** Asserts what the page's four questions find among the events of the replayed requests. */
export function assertAnswers(events: readonly AuditEvent[], policy: Policy): void {
  const own = events.filter(({ objectRef }) => objectRef?.namespace === "audit");
  const short = (deeds: Deed[]) =>
    deeds.map(({ who, verb, resource, name, code }) => `${who} ${verb} ${resource} ${name ?? "-"} ${code}`);

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

  const people = secretAccess(events).filter(({ who }) => !who.startsWith("system:kube-controller-manager"));
  const read = short(people.filter(({ namespace }) => namespace === "audit"));
  assert.deepEqual(read, [
    "alice get secrets needle 200",
    "alice list secrets - 200",
    "alice watch secrets - 200",
    "alice patch secrets needle 200",
    "bob get secrets needle 403",
    "system:node:node-1 get secrets needle 403",
    "system:serviceaccount:audit:app list secrets - 403",
    "nobody known get secrets needle 401",
    "kubernetes-super-admin as alice get secrets needle 200",
    "alice delete secrets needle 200",
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

  const rights = rbacChanges(events).filter(({ who }) => who === "alice");
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
}
