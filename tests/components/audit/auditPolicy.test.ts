import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { AuditPolicy, auditPolicy, type AuditLevel } from "../../../components/audit/auditPolicy.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";
import {
  type User,
  levelOf,
  admin,
  anonymous,
  kubelet,
  backstage,
  kubeProxy,
  scheduler,
  manager,
  certManager,
  apiserver,
  rbac,
  request,
} from "./requests.js";

const table: Record<string, [who: User, asks: string, safe: AuditLevel, page: AuditLevel]> = {
  // Who created, modified or deleted a resource?
  "a person makes a Deployment": [admin, "create deployments.apps", "Metadata", "Metadata"],
  "a pod deletes a pod": [backstage, "delete pods", "Metadata", "Metadata"],
  "a person changes a Service": [admin, "patch services", "Metadata", "Metadata"],
  "a person changes a ConfigMap": [admin, "update configmaps", "Metadata", "Metadata"],
  "a person changes a node": [admin, "patch nodes", "Metadata", "Metadata"],
  "a kubelet changes its node": [kubelet, "patch nodes", "Metadata", "Metadata"],
  "a kubelet reports a node's state": [kubelet, "patch nodes/status", "Metadata", "Metadata"],
  "a controller deletes a node": [manager, "delete nodes", "Metadata", "Metadata"],
  "a person deletes events": [admin, "deletecollection events", "Metadata", "Metadata"],
  "a person takes a lease": [admin, "update leases.coordination.k8s.io", "Metadata", "Metadata"],
  "a pod makes a lease": [backstage, "create leases.coordination.k8s.io", "Metadata", "Metadata"],
  "a controller deletes a lease": [manager, "delete leases.coordination.k8s.io", "Metadata", "Metadata"],
  // Were Secrets accessed or exported?
  "a person reads a Secret": [admin, "get secrets", "Metadata", "RequestResponse"],
  "a person exports all Secrets": [admin, "list secrets", "Metadata", "RequestResponse"],
  "a pod makes a Secret": [backstage, "create secrets", "Metadata", "RequestResponse"],
  "a kubelet reads a Secret": [kubelet, "watch secrets", "Metadata", "RequestResponse"],
  "the API server reads Secrets": [apiserver, "list secrets", "Metadata", "RequestResponse"],
  "a person reads a ConfigMap": [admin, "get configmaps", "Metadata", "None"],
  "a pod lists ConfigMaps": [backstage, "list configmaps", "Metadata", "None"],
  "a token is asked for": [admin, "create serviceaccounts/token", "Metadata", "Metadata"],
  "a token is reviewed": [kubelet, "create tokenreviews.authentication.k8s.io", "Metadata", "Metadata"],
  "a SealedSecret is made": [admin, "create sealedsecrets.bitnami.com", "Metadata", "Metadata"],
  // Did anybody exec into a container?
  "exec by POST": [admin, "create pods/exec", "Metadata", "Metadata"],
  "exec by WebSocket": [admin, "get pods/exec", "Metadata", "Metadata"],
  attach: [admin, "create pods/attach", "Metadata", "Metadata"],
  "a pod forwards a port": [backstage, "create pods/portforward", "Metadata", "Metadata"],
  "a debug container": [admin, "patch pods/ephemeralcontainers", "Metadata", "Metadata"],
  "a way around through the kubelet": [kubelet, "get nodes/proxy", "Metadata", "Metadata"],
  "a Service through the API server": [admin, "get services/proxy", "Metadata", "Metadata"],
  // Were RBAC rules changed?
  "a binding is made": [admin, `create clusterrolebindings.${rbac}`, "RequestResponse", "Metadata"],
  "a ClusterRole changes": [admin, `patch clusterroles.${rbac}`, "RequestResponse", "Metadata"],
  "a Role changes": [backstage, `update roles.${rbac}`, "RequestResponse", "Metadata"],
  "bindings are deleted": [admin, `deletecollection rolebindings.${rbac}`, "RequestResponse", "Metadata"],
  "a RoleBinding is read": [admin, `get rolebindings.${rbac}`, "Metadata", "Metadata"],
  // Noise, and what only looks like it.
  "a probe": [anonymous, "get /livez", "None", "Metadata"],
  "a single check of a probe": [anonymous, "get /readyz/etcd", "None", "Metadata"],
  "an anonymous look around": [anonymous, "get /version", "Metadata", "Metadata"],
  discovery: [admin, "get /apis", "Metadata", "Metadata"],
  "an event": [kubelet, "create events", "None", "Metadata"],
  "a newer event": [scheduler, "patch events.events.k8s.io", "None", "Metadata"],
  "a node's heartbeat": [kubelet, "update leases.coordination.k8s.io", "None", "Metadata"],
  "a controller's heartbeat": [certManager, "update leases.coordination.k8s.io", "None", "Metadata"],
  "the scheduler's heartbeat": [scheduler, "update leases.coordination.k8s.io", "None", "Metadata"],
  "a Gateway writes a policy's status": [
    backstage,
    "update backendtlspolicies/status.gateway.networking.k8s.io",
    "None",
    "Metadata",
  ],
  "a pod changes a policy of the Gateway": [
    backstage,
    "update backendtlspolicies.gateway.networking.k8s.io",
    "Metadata",
    "Metadata",
  ],
  "a person writes a policy's status": [
    admin,
    "patch backendtlspolicies/status.gateway.networking.k8s.io",
    "Metadata",
    "Metadata",
  ],
  "a kubelet reads its node": [kubelet, "get nodes", "None", "Metadata"],
  "kube-proxy watches endpoints": [kubeProxy, "watch endpointslices.discovery.k8s.io", "None", "Metadata"],
  "kube-proxy watches Services": [kubeProxy, "watch services", "None", "None"],
  "the API server reads its endpoints": [apiserver, "get endpoints", "None", "None"],
  "a person lists Services": [admin, "list services", "Metadata", "None"],
  "a pod lists nodes": [backstage, "list nodes", "Metadata", "Metadata"],
};

describe("auditPolicy", () => {
  const safe = auditPolicy();
  const page = auditPolicy({ secretsLevel: "RequestResponse" });

  for (const [what, [who, asks, atSafe, atPage]] of Object.entries(table)) {
    it(`${what}: ${atSafe}, by the page's policy ${atPage}`, () => {
      assert.equal(levelOf(safe, request(who, asks)), atSafe);
      assert.equal(levelOf(page, request(who, asks)), atPage);
    });
  }

  const users = fc.constantFrom(
    admin,
    anonymous,
    kubelet,
    backstage,
    kubeProxy,
    scheduler,
    manager,
    apiserver,
  );
  const verbs = fc.constantFrom(
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
  );

  it("keeps bodies with credentials and ways into a container at Metadata, whatever later rules say", () => {
    const loud = { ...safe, rules: [...safe.rules.slice(0, -1), { level: "RequestResponse" as const }] };
    const targets = fc.constantFrom(
      "secrets",
      "configmaps",
      "serviceaccounts/token",
      "tokenreviews.authentication.k8s.io",
      "pods/exec",
      "pods/attach",
      "pods/portforward",
      "pods/proxy",
      "pods/ephemeralcontainers",
      "services/proxy",
      "nodes/proxy",
    );
    fc.assert(
      fc.property(users, verbs, targets, (user, verb, target) => {
        assert.equal(levelOf(safe, request(user, `${verb} ${target}`)), "Metadata");
        assert.equal(levelOf(loud, request(user, `${verb} ${target}`)), "Metadata");
      }),
      { numRuns: 1000 },
    );
  });

  it("writes a body for changes of RBAC alone", () => {
    const resource = fc.record({
      group: fc.constantFrom("", "apps", "batch", "coordination.k8s.io", "cert-manager.io", rbac),
      resource: fc.constantFrom(
        "pods",
        "pods/exec",
        "deployments",
        "leases",
        "nodes",
        "roles",
        "events",
        "certificates",
      ),
    });
    fc.assert(
      fc.property(users, verbs, resource, (user, verb, { group, resource }) => {
        const level = levelOf(safe, { ...user, verb, group, resource });
        const changesRights =
          group === rbac && resource === "roles" && !["get", "list", "watch"].includes(verb);
        assert.equal(level === "Request" || level === "RequestResponse", changesRights);
      }),
    );
  });

  it("is the security page's, word for word, at RequestResponse", () => {
    assert.deepEqual(page, {
      apiVersion: "audit.k8s.io/v1",
      kind: "Policy",
      rules: [
        {
          level: "None",
          verbs: ["get", "list", "watch"],
          resources: [{ group: "", resources: ["endpoints", "services", "configmaps"] }],
        },
        { level: "RequestResponse", resources: [{ group: "", resources: ["secrets"] }] },
        { level: "Metadata" },
      ],
    });
  });

  it("leaves out the stage before a request is handled", () => {
    assert.deepEqual(safe.omitStages, ["RequestReceived"]);
  });
});

describe("AuditPolicy", () => {
  it("is one plain file for root, named after its content, Metadata unless told otherwise", async () => {
    let policy!: AuditPolicy;
    const run = await capture(() => (policy = new AuditPolicy("audit")));
    assert.deepEqual(run.shape(), ["cluster-security:control-plane:AuditPolicy audit"]);
    const file = await valueOf(policy.file);
    assert.match(file.path, /^\/etc\/kubernetes\/audit\/policy-[0-9a-f]{8}\.yaml$/);
    assert.equal(file.mode, "0600");
    assert.deepEqual(parse(file.content), auditPolicy({ secretsLevel: "Metadata" }));
    assert.equal(await isSecret(policy.file), false);
    assert.deepEqual(run.one("cluster-security:control-plane:AuditPolicy").outputs, { file });
  });

  it("has another name with another level", async () => {
    const paths: string[] = [];
    for (const secretsLevel of ["Metadata", "RequestResponse"] as const) {
      let policy!: AuditPolicy;
      await capture(() => (policy = new AuditPolicy("audit", { secretsLevel })));
      paths.push(await valueOf(policy.file.path));
    }
    assert.notEqual(paths[0], paths[1]);
  });
});
