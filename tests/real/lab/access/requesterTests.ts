import assert from "node:assert/strict";
import { until } from "../../../../cli/kit/until.js";
import type { Manifest } from "./admissionCases.js";
import type { Asked } from "./asked.js";
import { ciliumPolicy, openingCases, policy, sealedKey, sealingKey } from "./openingCases.js";

/** What depends on who asks, each with every right there is. */
export function requesterTests({ admin, tried }: Asked): void {
  const as = (manifest: Manifest, user: string) => tried(manifest, { user });
  const admitted = async (manifest: Manifest, user: string) => {
    const { admitted, said } = await as(manifest, user);
    assert.ok(admitted, said);
  };
  const [app, operator] = ["apps", "other"].map(
    (namespace) => `system:serviceaccount:${namespace}:operator`,
  ) as [string, string];
  const narrow = policy({ ingress: [{ ports: [{ port: 80 }] }] });

  /** Gives every right there is: what holds the user back then is admission alone. */
  const empower = async (binding: string, user: string): Promise<void> => {
    await admin(["create", "clusterrolebinding", binding, "--clusterrole=everything", `--user=${user}`]);
    // The API server grants a right only after its watch has seen the binding.
    const granted = () =>
      admin(["auth", "can-i", "create", "secrets", `--as=${user}`]).then(
        () => true,
        () => false,
      );
    await until(granted, `${user} has no right to create Secrets`);
  };

  before(async () => {
    for (const name of [app, operator]) await empower(`all-${name.split(":")[2]}`, name);
  });

  it("refuse their network policies, unless they are listed", async () => {
    const refused = (who: string) =>
      `denied request: ${who} is not among those who write network policies of isolated namespaces;`;
    for (const manifest of [
      narrow,
      ciliumPolicy({ spec: {} }),
      ciliumPolicy({ spec: {} }, "CiliumClusterwideNetworkPolicy"),
    ]) {
      const { said } = await as(manifest, app);
      assert.ok(said.includes(refused(app)), said);
      await admitted(manifest, operator);
    }
    await admitted({ ...narrow, metadata: { name: "test", namespace: "other" } }, app);
  });

  it("refuse their sealing keys, but not their other Secrets", async () => {
    for (const key of [sealingKey, sealedKey]) {
      const { said } = await as(key, app);
      assert.match(said, /denied request: .*:operator may not add or change a sealing key/);
    }
    const controller = "system:serviceaccount:kube-system:sealed-secrets-controller";
    await empower("all-sealing", controller);
    await admitted(sealingKey, controller);
    const other = { ...sealingKey, metadata: { name: "test", namespace: "kube-system" } };
    await admitted(other, app);
  });

  it("let the controllers of Kubernetes write the addresses of pods on the node's network", async () => {
    const controller = "system:serviceaccount:kube-system:endpointslice-controller";
    const [, slice] = openingCases.find(([name]) => name === "a slice with the address of a node")!;
    await admitted(slice, controller);
  });
}
