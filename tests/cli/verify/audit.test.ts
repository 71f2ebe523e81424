import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  actorOf,
  parseAuditLog,
  requests,
  resourceOf,
  type AuditEvent,
} from "../../../cli/verify/checks/audit/events.js";
import { AuditLog } from "../../../cli/verify/checks/audit/log.js";
import {
  describeDeed as sentence,
  podExec,
  rbacChanges,
  secretAccess,
  whoChanged,
} from "../../../cli/verify/checks/audit/questions.js";

let count = 0;
function event(verb: string, objectRef: AuditEvent["objectRef"], more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    auditID: `id-${count++}`,
    level: "Metadata",
    stage: "ResponseComplete",
    verb,
    requestURI: "/somewhere",
    user: { username: "alice" },
    objectRef,
    responseStatus: { code: 200 },
    requestReceivedTimestamp: "2026-01-01T00:00:00.000000Z",
    ...more,
  };
}

const secrets = { resource: "secrets", namespace: "backstage", name: "backstage-db" };

describe("audit events", () => {
  it("are the finished lines of a log", () => {
    const lines = [event("get", secrets), event("list", { resource: "pods" })];
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    assert.deepEqual(parseAuditLog(text), lines);
    assert.deepEqual(parseAuditLog(`${text}{"auditID": "unfin`), lines);
    assert.deepEqual(parseAuditLog(""), []);
    assert.throws(() => parseAuditLog(`${text}nonsense\n`), /^Error: line 3 of the audit log is not JSON: /);
  });

  it("are one for each request, the last", () => {
    const first = event("get", secrets, {
      auditID: "same",
      stage: "RequestReceived",
      responseStatus: undefined,
    });
    const last = event("get", secrets, { auditID: "same" });
    const other = event("get", secrets);
    assert.deepEqual(requests([first, other, last]), [last, other]);
  });

  it("name who asked, and as whom", () => {
    const as = { username: "bob" };
    assert.equal(actorOf(event("get", secrets)), "alice");
    assert.equal(actorOf(event("get", secrets, { impersonatedUser: as })), "alice as bob");
    assert.equal(actorOf(event("get", secrets, { user: {} })), "nobody known");
  });

  it("name what was asked for", () => {
    assert.equal(resourceOf(event("get", secrets)), "secrets");
    assert.equal(resourceOf(event("create", { resource: "pods", subresource: "exec" })), "pods/exec");
    assert.equal(resourceOf(event("get", { apiGroup: "apps", resource: "deployments" })), "apps/deployments");
    assert.equal(resourceOf(event("get", undefined)), "/somewhere");
  });
});

describe("the page's questions", () => {
  const role = { apiGroup: "rbac.authorization.k8s.io", resource: "clusterroles", name: "helper" };
  const log = [
    event("create", secrets),
    event("get", secrets),
    event("list", { resource: "secrets" }, { user: { username: "bob" } }),
    event("watch", { resource: "secrets", namespace: "harbor" }),
    event("get", { resource: "configmaps", name: "backstage-db" }),
    event("list", { apiGroup: "example.com", resource: "secrets" }),
    event("create", { resource: "pods", subresource: "exec", namespace: "postgres", name: "db-0" }),
    event("get", { resource: "pods", subresource: "exec", name: "by-websocket" }),
    event("create", { resource: "pods", subresource: "portforward", name: "db-0" }),
    event("get", { resource: "pods", subresource: "log", name: "db-0" }),
    event("create", { resource: "pods", name: "new" }),
    event("update", role, { requestObject: { rules: [] } }),
    event("get", role),
    event("delete", { apiGroup: "rbac.authorization.k8s.io", resource: "rolebindings" }),
    event("deletecollection", { resource: "events" }),
    event("get", undefined),
  ];
  const short = (deeds: { verb: string; resource: string }[]): string[] =>
    deeds.map(({ verb, resource }) => `${verb} ${resource}`);

  it("which user or ServiceAccount created, modified, or deleted a resource?", () => {
    assert.deepEqual(short(whoChanged(log)), [
      "create secrets",
      "create pods/exec",
      "create pods/portforward",
      "create pods",
      "update rbac.authorization.k8s.io/clusterroles",
      "delete rbac.authorization.k8s.io/rolebindings",
      "deletecollection events",
    ]);
    assert.deepEqual(short(whoChanged(log, { group: "", resource: "secrets", name: "backstage-db" })), [
      "create secrets",
    ]);
    assert.deepEqual(short(whoChanged(log, { resource: "secrets", name: "other" })), []);
    assert.deepEqual(short(whoChanged(log, { namespace: "postgres" })), ["create pods/exec"]);
  });

  it("were any Secrets accessed or exported?", () => {
    assert.deepEqual(
      secretAccess(log).map(({ who, verb, namespace, name }) => [who, verb, namespace, name]),
      [
        ["alice", "get", "backstage", "backstage-db"],
        ["bob", "list", undefined, undefined],
        ["alice", "watch", "harbor", undefined],
      ],
    );
  });

  it("did any pod exec into a running container?", () => {
    assert.deepEqual(short(podExec(log)), ["create pods/exec", "get pods/exec", "create pods/portforward"]);
  });

  it("were any RBAC rules changed?", () => {
    const changes = rbacChanges(log);
    assert.deepEqual(short(changes), [
      "update rbac.authorization.k8s.io/clusterroles",
      "delete rbac.authorization.k8s.io/rolebindings",
    ]);
    assert.deepEqual(changes[0]!.sent, { rules: [] });
    assert.equal(changes[1]!.sent, undefined);
  });

  it("are answered in words", () => {
    assert.equal(
      sentence(secretAccess(log)[0]!),
      "2026-01-01T00:00:00.000000Z alice: get secrets backstage/backstage-db (200)",
    );
    const [unanswered] = secretAccess([
      event("list", { resource: "secrets" }, { responseStatus: undefined }),
    ]);
    assert.equal(sentence(unanswered!), "2026-01-01T00:00:00.000000Z alice: list secrets");
  });
});

describe("the audit log's file", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "audit-"));
    file = join(folder, "audit.log");
    writeFileSync(file, "before\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is read from a mark on", () => {
    const log = new AuditLog(file);
    const mark = log.mark();
    assert.equal(log.since(mark), "");
    appendFileSync(file, "añadido\n");
    assert.equal(log.since(mark), "añadido\n");
    const later = log.mark();
    appendFileSync(file, "more\n");
    assert.equal(log.since(later), "more\n");
  });

  it("leaves out the rest of a line that was being written", () => {
    appendFileSync(file, "unfin");
    const log = new AuditLog(file);
    const mark = log.mark();
    appendFileSync(file, "ished");
    assert.equal(log.since(mark), "");
    appendFileSync(file, " line\nwhole\n");
    assert.equal(log.since(mark), "whole\n");
  });

  it("is read on where it was rotated, once and more", () => {
    writeFileSync(join(folder, "audit-2025-12-31T00-00-00.000.log"), "long ago\n");
    const log = new AuditLog(file);
    const mark = log.mark();
    appendFileSync(file, "one\n");
    renameSync(file, join(folder, "audit-2026-01-01T00-00-00.000.log"));
    writeFileSync(file, "two\n");
    assert.equal(log.since(mark), "one\ntwo\n");
    renameSync(file, join(folder, "audit-2026-01-02T00-00-00.000.log"));
    writeFileSync(file, "three\n");
    assert.equal(log.since(mark), "one\ntwo\nthree\n");
  });

  it("is not read with a hole in it", () => {
    const log = new AuditLog(file);
    const mark = log.mark();
    renameSync(file, join(folder, "gone"));
    writeFileSync(file, "two\n");
    assert.throws(() => log.since(mark), /audit\.log was rotated, and what was written before that is gone$/);
  });
});
