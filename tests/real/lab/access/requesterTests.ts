import assert from "node:assert/strict";
import type { Manifest } from "./admissionCases.js";
import type { Asked } from "./asked.js";
import { ciliumPolicy, openingCases, policy, sealedKey, sealingKey } from "./openingCases.js";

/** What depends on who asks, each with every right there is. */
export function requesterTests({ admin, create }: Asked): void {
  const as = (manifest: Manifest, who: string) => create(manifest, "--dry-run=server", `--as=${who}`);
  const [app, operator] = ["apps", "other"].map(
    (namespace) => `system:serviceaccount:${namespace}:operator`,
  ) as [string, string];
  const narrow = policy({ ingress: [{ ports: [{ port: 80 }] }] });

  before(() => {
    // Every right there is: what holds them back is admission alone.
    for (const name of [app, operator])
      admin.done([
        "create",
        "clusterrolebinding",
        `all-${name.split(":")[2]}`,
        "--clusterrole=everything",
        `--user=${name}`,
      ]);
  });

  it("refuse their network policies, unless they are listed", () => {
    const refused = (who: string) =>
      `denied request: ${who} is not among those who write network policies of isolated namespaces;`;
    for (const manifest of [
      narrow,
      ciliumPolicy({ spec: {} }),
      ciliumPolicy({ spec: {} }, "CiliumClusterwideNetworkPolicy"),
    ]) {
      const { stderr } = as(manifest, app);
      assert.ok(stderr.includes(refused(app)), stderr);
      assert.equal(as(manifest, operator).status, 0, as(manifest, operator).stderr);
    }
    assert.equal(as({ ...narrow, metadata: { name: "test", namespace: "other" } }, app).status, 0);
  });

  it("refuse their sealing keys, but not their other Secrets", () => {
    for (const key of [sealingKey, sealedKey]) {
      const { stderr } = as(key, app);
      assert.match(stderr, /denied request: .*:operator may not add or change a sealing key/);
    }
    const controller = "system:serviceaccount:kube-system:sealed-secrets-controller";
    admin.done([
      "create",
      "clusterrolebinding",
      "all-sealing",
      "--clusterrole=everything",
      `--user=${controller}`,
    ]);
    assert.equal(as(sealingKey, controller).status, 0, as(sealingKey, controller).stderr);
    const other = { ...sealingKey, metadata: { name: "test", namespace: "kube-system" } };
    assert.equal(as(other, app).status, 0, as(other, app).stderr);
  });

  it("let the controllers of Kubernetes write the addresses of pods on the node's network", () => {
    const controller = "system:serviceaccount:kube-system:endpointslice-controller";
    const [, slice] = openingCases.find(([name]) => name === "a slice with the address of a node")!;
    assert.equal(as(slice, controller).status, 0, as(slice, controller).stderr);
  });
}
