import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { until } from "../../../../cli/kit/until.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { admissionObjects } from "../../../../components/access/admission/objects.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import { settingsIn } from "../../network/policies.js";
import { renderStack } from "../../network/charts.js";
import { Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";
import { definitions } from "./kinds.js";
import { binding, user } from "./admissionCases.js";
import { Trials } from "./tried.js";

const roleKinds = ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const kinds = [
  ...roleKinds,
  ...["NetworkPolicy", "CiliumNetworkPolicy", "Service", "HTTPRoute", "Ingress", "Certificate"],
];
const argoCd = new URL("../../../fixtures/argocd/rbac.yaml", import.meta.url);

describe("the admission policies, and what the program brings itself, on a real API server", function () {
  let lab: Lab;
  const { tried } = new Trials(() => lab);

  before(async function () {
    this.timeout(180_000);
    lab = await Lab.of("stack-rights");
    await lab.apply(await nodeFilesOf(settingsWith()));
    await lab.kubectl(["create", "-f", "-"], { apiVersion: "v1", kind: "List", items: definitions });
    const apiVersion = "admissionregistration.k8s.io/v1";
    const items = admissionObjects(admissionArgs(settingsIn("lab"))).flatMap(({ name, policy, binding }) => [
      { apiVersion, kind: "ValidatingAdmissionPolicy", metadata: { name }, spec: policy },
      { apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata: { name }, spec: binding },
    ]);
    await lab.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    const anything = ["create", "clusterrole", "anything", "--verb=*", "--resource=*.*", "--dry-run=server"];
    await until(
      async () =>
        (await lab.kubectl(anything).catch(({ message }: Error) => message)).includes("denied request") &&
        (await tried(binding("ClusterRoleBinding", "cluster-admin", user("a")))).said.includes(
          "denied request",
        ),
      "the policies do not hold",
    );
  });
  after(() => lab.stop());

  async function refusalsOf(objects: Values[]): Promise<string[]> {
    const refused: string[] = [];
    const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace as string | undefined));
    for (const namespace of namespaces) {
      if (namespace && !(await lab.kubectl(["get", "namespace", namespace, "--ignore-not-found"])))
        await lab.kubectl(["create", "namespace", namespace]);
    }
    for (const object of objects) {
      const { admitted, said } = await tried(object);
      // A binding to cluster-admin may be there from the start, and is judged before that is noticed.
      if (!admitted && !said.startsWith("AlreadyExists: "))
        refused.push(`${object["kind"]} ${object["metadata"].name}: ${said}`);
    }
    return refused;
  }

  it("let in every role, policy, Service, route and certificate of the stack's charts, and its own", async function () {
    this.timeout(300_000);
    const { rendered, own, missing } = await renderStack(settingsIn("lab"));
    if (missing.length > 0)
      console.log(
        `      not at hand (CHARTS names a folder with archives): ${missing.map(({ chart }) => chart).join(", ")}`,
      );
    const objects = [
      ...own,
      ...rendered.flatMap(({ namespace, objects }) =>
        objects.map((object) => ({
          ...object,
          metadata: {
            ...object["metadata"],
            ...(object["kind"].startsWith("Cluster")
              ? {}
              : { namespace: object["metadata"].namespace ?? namespace }),
          },
        })),
      ),
    ].filter((object: Values) => kinds.includes(object["kind"]));
    for (const kind of kinds)
      assert.ok(
        objects.some((object: Values) => object["kind"] === kind),
        kind,
      );
    assert.deepEqual(await refusalsOf(objects), []);
  });

  it("let in ArgoCD's, as its manifests have them", async () => {
    const objects = parseAllDocuments(readFileSync(argoCd, "utf8"))
      .map((document) => document.toJS() as Values)
      .filter((object) => roleKinds.includes(object["kind"]));
    assert.equal(objects.length, 4);
    assert.deepEqual(await refusalsOf(objects), []);
  });

  it("let Kubernetes bring its own again", async function () {
    this.timeout(180_000);
    const roles = ["system:controller:clusterrole-aggregation-controller", "system:kube-controller-manager"];
    const bindings = ["cluster-admin", "system:discovery", "system:controller:job-controller"];
    await lab.kubectl(["delete", "clusterroles", ...roles]);
    await lab.kubectl(["delete", "clusterrolebindings", ...bindings]);
    await lab.restartApiServer();
    const all = [
      ...roles.map((name) => `clusterrole/${name}`),
      ...bindings.map((name) => `clusterrolebinding/${name}`),
    ];
    const get = () => lab.kubectl(["get", ...all]);
    const isThere = () => get().catch(() => false);
    await until(isThere, () => get().catch(({ message }: Error) => message), { pause: 500 });
  });
});
