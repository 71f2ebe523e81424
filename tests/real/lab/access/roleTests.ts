import assert from "node:assert/strict";
import { until } from "../../../../cli/kit/until.js";
import type { Asked } from "./asked.js";

/** Roles on the list, Kubernetes' own, and those that were there before. */
export function roleTests({ admin, tried }: Asked): void {
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
  const powerful = (name: string, namespace?: string) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: namespace === undefined ? "ClusterRole" : "Role",
    metadata: { name, namespace },
    rules,
  });
  const refused = /denied request: reaches Secrets and everything else by a wildcard/;

  it("let in those of the list, each by its name and namespace", async () => {
    for (const listed of [powerful("operator"), powerful("operator", "other")])
      assert.deepEqual(await tried(listed), { admitted: true, said: "" });
    for (const other of [powerful("operator2"), powerful("operator", "apps"), powerful("other:operator")])
      assert.match((await tried(other)).said, refused);
  });

  it("let the API server bring its own", async () => {
    const apiServer = { user: "system:apiserver", group: "system:masters" };
    assert.deepEqual(await tried(powerful("system:new"), apiServer), { admitted: true, said: "" });
  });

  it("let what was there before be labelled, but not given more", () => {
    admin.done(["label", "clusterrole", "before", "theirs=kept"]);
    const more = JSON.stringify({ rules: [...rules, { nonResourceURLs: ["*"], verbs: ["get"] }] });
    assert.match(admin.run(["patch", "clusterrole", "before", "--patch", more]).stderr, refused);
    const toView = "rbac.authorization.k8s.io/aggregate-to-view=true";
    const labelled = admin.run(["label", "clusterrole", "before", toView]);
    assert.match(labelled.stderr, /denied request: adds Secrets to a role of others by a label/);
    admin.done(["delete", "clusterrole", "before"]);
  });

  it("let a role collect what others bring", async () => {
    const label = { "example.com/collected": "true" };
    const collector = { clusterRoleSelectors: [{ matchLabels: label }] };
    admin.done(["create", "-f", "-"], {
      ...powerful("collector"),
      ...{ rules: [], aggregationRule: collector },
    });
    admin.done(["create", "-f", "-"], {
      ...powerful("operator"),
      metadata: { name: "operator", labels: label },
    });
    await until(
      () => admin.done(["get", "clusterrole", "collector", "--output=json"]).includes('"*"'),
      "the rules of the listed role are not collected",
      { pause: 500 },
    );
    admin.done(["delete", "clusterrole", "collector", "operator"]);
  });
}
