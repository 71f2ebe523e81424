import assert from "node:assert/strict";
import { until } from "../../../../cli/kit/until.js";
import { objectsKeepRules } from "../../../../cli/verify/checks/access/existing.js";
import { admissionObjects } from "../../../../components/access/admission/objects.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import type { Settings } from "../../../../stacks/settings/index.js";
import { Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";
import { definitions } from "./kinds.js";

const rbac = "rbac.authorization.k8s.io";
const object = (apiVersion: string, kind: string, name: string, body: object, namespace?: string) => ({
  ...{ apiVersion, kind, metadata: { name, namespace }, ...body },
});
const routed = (name: string, hostname: string) =>
  object("gateway.networking.k8s.io/v1", "HTTPRoute", name, { spec: { hostnames: [hostname] } }, "other");
const policed = (name: string, ...ingress: object[]) =>
  object("networking.k8s.io/v1", "NetworkPolicy", name, { spec: { podSelector: {}, ingress } }, "apps");
const bound = (name: string, user: string) =>
  object(`${rbac}/v1`, "ClusterRoleBinding", name, {
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: rbac, kind: "User", name: user }],
  });
const served = (name: string, spec: object, namespace = "apps") =>
  object("v1", "Service", name, { spec: { ports: [{ port: 80 }], ...spec } }, namespace);
const sliced = (name: string, address: string) =>
  object(
    "discovery.k8s.io/v1",
    "EndpointSlice",
    name,
    { addressType: "IPv4", endpoints: [{ addresses: [address] }] },
    "apps",
  );
const ingress = (name: string, host: string) =>
  object("networking.k8s.io/v1", "Ingress", name, { spec: { rules: [{ host }] } }, "other");

/** Objects that break a rule, with what is said of each. */
const bad: [object, string][] = [
  [
    bound("ann-admin", "ann"),
    "ClusterRoleBinding ann-admin: would make cluster-admin: User ann; bind a role with the rights that are needed, or list the subject with a reason (setting access.clusterAdmins)",
  ],
  [
    object(`${rbac}/v1`, "ClusterRole", "any", {
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get"] }],
    }),
    "ClusterRole any: reaches Secrets and everything else by a wildcard: ",
  ],
  [policed("all", {}), "NetworkPolicy apps/all: lets everything through, past what the settings say of apps"],
  [
    served("open", { type: "NodePort" }),
    "Service apps/open: opens a port of the nodes into apps, past its network policies: type NodePort",
  ],
  [sliced("node", "192.0.2.10"), "EndpointSlice apps/node: has the address of a node"],
  [
    routed("taken", "shop.example.com"),
    "HTTPRoute other/taken: belongs to another namespace: shop.example.com",
  ],
  [
    ingress("taken", "shop.example.com"),
    "Ingress other/taken: belongs to another namespace: shop.example.com",
  ],
];
const good = [
  bound("bob-admin", "bob"),
  policed("some", { ports: [{ port: 80 }] }),
  served("web", { type: "ClusterIP" }),
  served("headless", { clusterIP: "None" }),
  served("elsewhere", { type: "LoadBalancer" }, "other"),
  sliced("outside", "198.51.100.1"),
  routed("free", "other.example.com"),
  ingress("free", "other.example.com"),
];

describe("objects from before the admission policies, on a real API server", function () {
  this.timeout(180_000);
  let lab: Lab;
  const set = (action: string): Settings =>
    settingsWith({
      "network.isolated": ["apps"],
      "gateway.hosts": [{ name: "shop.example.com", namespace: "shop" }],
      "access.clusterAdmins": [{ kind: "User", name: "bob", reason: "looks after all of it" }],
      "access.admission.action": action,
    });
  const list = (items: object[]) => ({ apiVersion: "v1", kind: "List", items });
  const found = async (action: string) => objectsKeepRules(await lab.target(set(action)));

  before(async () => {
    lab = await Lab.of("existing");
    await lab.apply(await nodeFilesOf(set("warn")));
    await lab.kubectl(["create", "-f", "-"], list(definitions));
    for (const namespace of ["apps", "other"]) await lab.kubectl(["create", "namespace", namespace]);
    const objects = list([...bad.map(([each]) => each), ...good]);
    const apply = () =>
      lab.kubectl(["apply", "-f", "-"], objects).then(
        () => true,
        () => false,
      );
    await until(apply, "the kinds are not served");
  });
  after(() => lab.stop());

  /** Brings the policies, and waits until all of them judge. */
  async function lay(action: string): Promise<string> {
    const apiVersion = "admissionregistration.k8s.io/v1";
    const items = admissionObjects(admissionArgs(set(action))).flatMap(({ name, policy, binding }) => [
      { apiVersion, kind: "ValidatingAdmissionPolicy", metadata: { name }, spec: policy },
      { apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata: { name }, spec: binding },
    ]);
    await lab.kubectl(["apply", "-f", "-"], list(items));
    let said = "";
    const isNamed = async () => {
      const { status, evidence } = await found(action);
      said = `${status}: ${evidence}`;
      return bad.every(([, says]) => said.includes(says));
    };
    await until(isNamed, () => said, { seconds: 60, pause: 500 });
    return said;
  }

  it("cannot be judged without the policies", async () => {
    assert.equal((await found("warn")).status, "unchecked");
  });

  it("are named if they would be refused, and only those", async () => {
    const said = await lay("warn");
    assert.ok(said.startsWith("failed: would be refused under deny when they are created anew: "), said);
    assert.equal(said.split(/(?:: |; )(?=[A-Z]\w+ (?:\w+\/)?[\w-]+: )/).length, bad.length + 1, said);
  });

  it("are there under deny still, and refused once they are created anew", async () => {
    const said = await lay("deny");
    assert.ok(said.startsWith("failed: are refused when they are created anew: "), said);
    for (const [each, says] of bad) {
      await lab.kubectl(["label", "--filename=-", "kept=yes"], each);
      await lab.kubectl(["delete", "--filename=-"], each);
      // The API server follows a changed binding a moment later, each on its own.
      const isRefused = () =>
        lab.kubectl(["create", "--dry-run=server", "--filename=-"], each).then(
          () => false,
          () => true,
        );
      await until(isRefused, `${says}: not refused`, { seconds: 60, pause: 500 });
      const reason = `denied request: ${says.replace(/^[^:]*: /, "")}`;
      await assert.rejects(lab.kubectl(["create", "--filename=-"], each), ({ message }: Error) => {
        assert.ok(message.includes(reason), message);
        return true;
      });
    }
  });

  it("are accepted without them", async () => {
    // Without the LoadBalancer, whose namespace is not isolated.
    assert.deepEqual(await found("deny"), {
      status: "proved",
      evidence:
        "7 objects (ClusterRoleBinding, EndpointSlice, HTTPRoute, Ingress, NetworkPolicy, Service): each would be accepted anew",
    });
  });
});
