import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../../../cli/kit/until.js";
import { admissionObjects } from "../../../../components/access/admission/objects.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import type { Settings } from "../../../../stacks/settings/index.js";
import { admissionAsSet } from "../../../../cli/verify/checks/access/admission.js";
import { workloadsKeepRules } from "../../../../cli/verify/checks/access/workloads.js";
import { readSettings } from "../../../../cli/kit/settings.js";
import { renderStack } from "../../network/charts.js";
import { Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";
import { podsOf } from "./stackPods.js";
import { Trials } from "./tried.js";
import { skip } from "../../../kit/skip.js";

describe("the admission policies of the stacks, on a real API server", function () {
  let lab: Lab;
  const { tried } = new Trials(() => lab);
  const example = (image: string, namespace: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "tried", namespace },
    spec: { containers: [{ name: "it", image }] },
  });

  /** Brings the policies of a stack into the cluster, and waits until they hold. */
  async function lay(settings: Settings): Promise<void> {
    const metadata = (name: string) => ({ name, labels: { "app.kubernetes.io/managed-by": "pulumi" } });
    const apiVersion = "admissionregistration.k8s.io/v1";
    const items = admissionObjects(admissionArgs(settings)).flatMap(({ name, policy, binding }) => [
      { apiVersion, kind: "ValidatingAdmissionPolicy", metadata: metadata(name), spec: policy },
      { apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata: metadata(name), spec: binding },
    ]);
    await lab.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    const { namespaces, action } = admissionArgs(settings);
    const [namespace] = namespaces as [string];
    const said = action === "deny" ? "denied request: not from" : "Warning: Validation failed";
    await until(
      async () => (await tried(example("evil.example/x:1", namespace))).said.includes(said),
      "the policies do not hold",
    );
    await sleep(1000);
  }
  const taken = async (settings: Settings) => {
    // Without the bindings of another stack's policies.
    await lab.kubectl(["delete", "validatingadmissionpolicybindings", "--all"]);
    return lay(settings);
  };

  before(async function () {
    this.timeout(180_000);
    lab = await Lab.of("stack-admission");
    await lab.apply(await nodeFilesOf(settingsWith()));
  });
  after(() => lab.stop());

  const made = new Set<string>();
  /** Makes a namespace with ServiceAccounts, as the charts and the controllers do. */
  async function ensure(namespace: string, ...accounts: string[]): Promise<void> {
    if (!made.has(namespace)) {
      await lab.kubectl(["create", "namespace", namespace]);
      await until(
        () =>
          lab
            .kubectl(["get", "serviceaccount", "default", `--namespace=${namespace}`, "--ignore-not-found"])
            .then(Boolean),
        `${namespace} has no ServiceAccount`,
      );
      made.add(namespace);
    }
    for (const account of accounts) {
      if (made.has(`${namespace}/${account}`) || account === "default") continue;
      await lab.kubectl(["create", "serviceaccount", account, `--namespace=${namespace}`]);
      made.add(`${namespace}/${account}`);
    }
  }

  for (const stack of ["musashi", "lab"]) {
    it(`let in every pod of ${stack}'s add-ons`, async function () {
      this.timeout(300_000);
      const { settings: stackSettings } = await readSettings(stack);
      // What is refused tells more than what is warned of.
      const settings: Settings = {
        ...stackSettings,
        access: { ...stackSettings.access, admission: { ...stackSettings.access.admission, action: "deny" } },
      };
      const { rendered, missing } = await renderStack(settings);
      const { namespaces } = admissionArgs(settings);
      const pods = rendered.flatMap(podsOf).filter(({ namespace }) => namespaces.includes(namespace));
      if (missing.length > 0)
        console.log(
          `      not at hand (CHARTS names a folder with archives): ${missing.map(({ chart }) => chart).join(", ")}`,
        );
      if (pods.length === 0) skip(this, "no chart is at hand: npm run tools fetches some");
      for (const { namespace, serviceAccount } of pods) await ensure(namespace, serviceAccount);
      for (const namespace of namespaces) await ensure(namespace);
      await taken(settings);
      const refused: string[] = [];
      for (const { title, object } of pods) {
        const { admitted, said } = await tried(object);
        if (!admitted) refused.push(`${title}: ${said}`);
      }
      assert.deepEqual(refused, []);
      // A control: another image, and a folder of the node, in the same places.
      for (const namespace of new Set(pods.map((each) => each.namespace))) {
        assert.match(
          (await tried(example("evil.example/x:1", namespace))).said,
          /denied request: not from a listed/,
        );
        const image = `${admissionArgs(settings).registries.at(-1)}/x:1`;
        const host = { name: "host", hostPath: { path: "/etc" } };
        const mounting = example(image, namespace);
        assert.match(
          (await tried({ ...mounting, spec: { ...mounting.spec, volumes: [host] } })).said,
          /denied request: mounts folders of its node/,
        );
      }
    });
  }

  describe("and what ran before them", () => {
    const settings = settingsWith({
      "network.isolated": ["apps"],
      "access.admission.registries": ["docker.io/library"],
    });
    const warning = settingsWith({
      "network.isolated": ["apps"],
      "access.admission": { action: "warn", registries: ["docker.io/library"] },
    });
    const deployment = (name: string, image: string) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "apps" },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "it", image }] } },
      },
    });
    const pods = async (app: string) => {
      const list = ["get", "pods", "--namespace=apps", `--selector=app=${app}`, "--output=name"];
      return (await lab.kubectl(list)).split("\n").filter(Boolean);
    };
    const events = () =>
      lab.kubectl(["get", "events", "--namespace=apps", "--field-selector=reason=FailedCreate"]);
    const reason = "not from a listed registry: quay.io/owner/before:1;";

    before(async function () {
      this.timeout(120_000);
      await lab.kubectl(["delete", "validatingadmissionpolicybindings", "--all"]);
      await ensure("apps");
      for (const [name, image] of [
        ["before", "quay.io/owner/before:1"],
        ["good", "nginx:1.29.1"],
      ] as const) {
        await lab.kubectl(["create", "-f", "-"], deployment(name, image));
        await until(async () => (await pods(name)).length === 1, `${name} has no pod`);
      }
    });

    it("is named while the policies only warn", async () => {
      await lay(warning);
      const target = await lab.target(warning);
      assert.equal((await admissionAsSet(target)).status, "proved");
      const { status, evidence } = await workloadsKeepRules(target);
      assert.equal(status, "failed", evidence);
      assert.ok(
        evidence.startsWith(
          `would not come back under deny once their pods end: Deployment apps/before: ${reason}`,
        ),
        evidence,
      );
      assert.doesNotMatch(evidence, /apps\/good/);
    });

    it("does not come back under deny: neither a further pod nor one that was deleted", async function () {
      this.timeout(120_000);
      await lay(settings);
      assert.deepEqual((await events()).trim(), "");
      await lab.kubectl(["scale", "deployment", "before", "good", "--namespace=apps", "--replicas=2"]);
      await until(async () => (await pods("good")).length === 2, "a good Deployment is scaled up");
      await until(async () => (await events()).includes(reason), "the ReplicaSet controller says why");
      assert.equal((await pods("before")).length, 1);
      await lab.kubectl([
        "delete",
        "--namespace=apps",
        "--wait",
        "--grace-period=0",
        "--force",
        ...(await pods("before")),
        ...(await pods("good")),
      ]);
      await until(async () => (await pods("good")).length === 2, "good pods are made anew");
      assert.deepEqual(await pods("before"), []);
      const { status, evidence } = await workloadsKeepRules(await lab.target(settings));
      assert.equal(status, "failed");
      assert.ok(
        evidence.startsWith(`do not come back once their pods end: Deployment apps/before: ${reason}`),
        evidence,
      );
    });

    it("can be scaled down, and mended", async function () {
      this.timeout(120_000);
      await lab.kubectl(["scale", "deployment", "before", "--namespace=apps", "--replicas=1"]);
      await lab.kubectl(["set", "image", "deployment/before", "--namespace=apps", "it=nginx:1.29.1"]);
      await until(async () => (await pods("before")).length === 1, "the mended Deployment has its pod");
      assert.deepEqual(await workloadsKeepRules(await lab.target(settings)), {
        status: "proved",
        evidence: "2 workloads in apps: each may make its pods anew",
      });
    });
  });

  describe("as verify sees them", () => {
    const settings = settingsWith({ "network.isolated": ["apps"] });
    const found = async () => admissionAsSet(await lab.target(settings));

    it("are as the stack makes them, until somebody changes or deletes one", async () => {
      await ensure("apps");
      await lay(settings);
      assert.equal((await found()).status, "proved", (await found()).evidence);
      const warn = '{"spec":{"validationActions":["Warn"]}}';
      const name = "cluster-security-host-access";
      await lab.kubectl(["patch", "validatingadmissionpolicybinding", name, "--patch", warn]);
      assert.deepEqual(await found(), {
        status: "failed",
        evidence: `ValidatingAdmissionPolicyBinding ${name} is not as the stack makes it: validationActions are Warn; run pulumi up --refresh`,
      });
      await lay(settings);
      const never = '{"spec":{"matchConditions":[{"name":"never","expression":"false"}]}}';
      await lab.kubectl(["patch", "validatingadmissionpolicy", name, "--patch", never]);
      assert.match(
        (await found()).evidence,
        /^ValidatingAdmissionPolicy .* as the stack makes it: matchConditions;/,
      );
      await lab.kubectl(["delete", "validatingadmissionpolicy", name]);
      assert.deepEqual(await found(), {
        status: "failed",
        evidence: `there is no ValidatingAdmissionPolicy ${name}; run pulumi up --refresh`,
      });
    });
  });
});
