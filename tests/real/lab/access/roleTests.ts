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

  it("let what was there before be labelled, but not given more", async () => {
    await admin(["label", "clusterrole", "before", "theirs=kept"]);
    const more = JSON.stringify({ rules: [...rules, { nonResourceURLs: ["*"], verbs: ["get"] }] });
    await assert.rejects(admin(["patch", "clusterrole", "before", "--patch", more]), refused);
    const toView = "rbac.authorization.k8s.io/aggregate-to-view=true";
    await assert.rejects(
      admin(["label", "clusterrole", "before", toView]),
      /denied request: adds Secrets to a role of others by a label/,
    );
    await admin(["delete", "clusterrole", "before"]);
  });

  it("let a role collect what others bring", async () => {
    const label = { "example.com/collected": "true" };
    const collector = { clusterRoleSelectors: [{ matchLabels: label }] };
    await admin(["create", "-f", "-"], {
      ...powerful("collector"),
      ...{ rules: [], aggregationRule: collector },
    });
    await admin(["create", "-f", "-"], {
      ...powerful("operator"),
      metadata: { name: "operator", labels: label },
    });
    await until(
      async () => (await admin(["get", "clusterrole", "collector", "--output=json"])).includes('"*"'),
      "the rules of the listed role are not collected",
      { pause: 500 },
    );
    await admin(["delete", "clusterrole", "collector", "operator"]);
  });
}
