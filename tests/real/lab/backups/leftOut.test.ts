import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { until } from "../../../../cli/kit/until.js";
import { Velero } from "../../../../components/backups/velero.js";
import { UnsealedSecrets } from "../../../../components/backups/unsealedSecrets.js";
import { kubectlWith } from "../../../../cli/lab/kubectl.js";
import { openDefinition } from "../../../../cli/lab/apply/definitions.js";
import { startSealedSecrets } from "../../../../cli/lab/sealedSecrets/sealedSecrets.js";
import type { Finding } from "../../../../cli/verify/claim.js";
import { dataLoss } from "../../../../cli/verify/claims/dataLoss.js";
import { seal } from "../../../../cli/verify/checks/secrets/seal.js";
import { capture, type Capture } from "../../../kit/capture.js";
import { stopController } from "../sealed-secrets/controller.js";
import { applySealed, unsealed } from "../sealed-secrets/gitOps.js";
import { needUserNamespaces } from "../sealed-secrets/lab.js";
import { SealingState } from "../sealed-secrets/sealingState.js";
import { binaries, Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";
import { sealedSecret, secretOf, schedule, ours, type Manifest } from "./leftOutObjects.js";

const label = "velero.io/exclude-from-backup";
const secretType = "kubernetes:core/v1:Secret";

describe("what backups leave out, on a real API server", function () {
  this.timeout(180_000);
  let lab: Lab;
  const applyAll = (items: unknown[]) =>
    lab.kubectl(["apply", "--server-side", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  const asked = async (args: string[], manifest?: Manifest) =>
    JSON.parse(await lab.kubectl([...args, "--output=json"], manifest)) as {
      metadata: { labels?: Record<string, string>; resourceVersion: string };
    };
  /** Labels that the API server would give an object. */
  const tried = async (manifest: Manifest) =>
    (await asked(["create", "--dry-run=server", "-f", "-"], manifest)).metadata.labels;
  const read = (name: string, namespace = "apps") =>
    asked(["get", "secret", name, `--namespace=${namespace}`]);
  const labelsOf = async (name: string) => (await read(name)).metadata.labels;
  /** Waits until the API server has taken the policy up, or its change, which it does a moment later. */
  async function untilOwned(owned: Record<string, string> | undefined): Promise<void> {
    let labels: unknown;
    await until(
      async () =>
        JSON.stringify((labels = await tried(secretOf("probe", [sealedSecret])))) === JSON.stringify(owned),
      () => `the policy does not do that: ${JSON.stringify(labels)}`,
      { pause: 500 },
    );
  }
  const custom = ({ resources }: Capture) => resources.filter(({ custom }) => custom);

  before(async () => {
    lab = await Lab.of("left-out");
    await lab.apply(await nodeFilesOf(settingsWith()));
    for (const namespace of ["apps", "other", "velero"])
      await lab.kubectl(["create", "namespace", namespace]);
    const { apiVersion, kind } = sealedSecret;
    await applyAll([openDefinition({ apiVersion, kind, namespaced: true })]);
    await lab.kubectl([
      "wait",
      "--for=condition=Established",
      "crd/sealedsecrets.bitnami.com",
      "--timeout=60s",
    ]);
    // No controller can make a Secret of this one.
    const metadata = { name: "owner", namespace: "apps" };
    const owner = { apiVersion, kind, metadata, spec: { encryptedData: { a: "AA==" } } };
    sealedSecret.uid = await lab.kubectl(["create", "-f", "-", "--output=jsonpath={.metadata.uid}"], owner);
    await lab.kubectl(["create", "-f", "-"], secretOf("earlier", [sealedSecret]));
    assert.equal(await labelsOf("earlier"), undefined);
    await applyAll(custom(await capture(() => new UnsealedSecrets("unsealed"))).map(({ inputs }) => inputs));
    await untilOwned({ [label]: "true" });
  });
  after(() => lab.stop());

  describe("the policy for what is unsealed", () => {
    const left = { [label]: "true" };
    const cases: Record<string, [manifest: Manifest, labels: Record<string, string> | undefined]> = {
      "a Secret of a SealedSecret": [secretOf("x", [sealedSecret]), left],
      "one with labels of its own": [secretOf("x", [sealedSecret], { a: "b" }), { a: "b", ...left }],
      "one that says otherwise": [secretOf("x", [sealedSecret], { [label]: "false" }), left],
      "one with a further owner": [
        secretOf("x", [{ apiVersion: "apps/v1", kind: "Deployment" }, sealedSecret]),
        left,
      ],
      "one of a later version": [secretOf("x", [{ ...sealedSecret, apiVersion: "bitnami.com/v1" }]), left],
      "one of Kubernetes' own namespace": [secretOf("x", [sealedSecret], undefined, "kube-system"), left],
      "a Secret of nobody": [secretOf("x"), undefined],
      "a Secret of nobody with labels": [secretOf("x", undefined, { a: "b" }), { a: "b" }],
      "a Secret of another kind": [secretOf("x", [{ apiVersion: "apps/v1", kind: "Deployment" }]), undefined],
      "one of a kind that is called the same": [
        secretOf("x", [{ apiVersion: "example.com/v1", kind: "SealedSecret" }]),
        undefined,
      ],
      "a ConfigMap of a SealedSecret": [
        { ...secretOf("x", [sealedSecret]), kind: "ConfigMap", stringData: undefined },
        undefined,
      ],
    };
    for (const [what, [manifest, labels]] of Object.entries(cases)) {
      it(`${labels?.[label] ? "labels" : "leaves as it is"}: ${what}`, async () =>
        assert.deepEqual(await tried(manifest), labels));
    }

    it("labels one again that lost the label, and one that becomes a SealedSecret's", async () => {
      await lab.kubectl(["create", "-f", "-"], secretOf("lost", [sealedSecret]));
      await lab.kubectl(["label", "secret", "lost", "--namespace=apps", `${label}-`]);
      assert.deepEqual(await labelsOf("lost"), left);
      await lab.kubectl(["create", "-f", "-"], secretOf("adopted"));
      assert.equal(await labelsOf("adopted"), undefined);
      const { metadata } = secretOf("adopted", [sealedSecret]);
      const patch = { metadata: { ownerReferences: metadata["ownerReferences"] } };
      await lab.kubectl(["patch", "secret", "adopted", "--namespace=apps", "--patch", JSON.stringify(patch)]);
      assert.deepEqual(await labelsOf("adopted"), left);
      await lab.kubectl(["delete", "secret", "adopted", "lost", "--namespace=apps"]);
    });

    it("labels one from before with its next write", async () => {
      assert.equal(await labelsOf("earlier"), undefined);
      await lab.kubectl(["annotate", "secret", "earlier", "--namespace=apps", "written=again"]);
      assert.deepEqual(await labelsOf("earlier"), left);
    });

    it("is at peace with the controller, which wants the labels of its template alone", async function () {
      needUserNamespaces(this);
      const state = new SealingState();
      const { secrets, certificates } = await state.up(["first"]);
      await applyAll(secrets);
      const started = await startSealedSecrets(lab.plane, binaries);
      assert.ok("controller" in started);
      const plain = { name: "db", namespace: "other", values: { PASSWORD: randomBytes(8).toString("hex") } };
      const sealed = await seal(binaries("kubeseal"), certificates[0]!, plain);
      const kubectl = kubectlWith(binaries("kubectl"), lab.plane.paths.kubeconfig);
      await applySealed(kubectl, sealed, "other");
      assert.deepEqual(await unsealed(kubectl, plain), plain.values);
      assert.deepEqual((await read("db", "other")).metadata.labels, left);
      // Looked at again, the Secret differs from what the controller wants; its write changes nothing.
      const { resourceVersion } = (await read("db", "other")).metadata;
      await stopController(lab.plane);
      await startSealedSecrets(lab.plane, binaries);
      let events = "";
      await until(
        async () => {
          events = await kubectl(["get", "events", "-n", "other", "--output=jsonpath={.items[*].count}"]);
          return events.split(" ").reduce((sum, count) => sum + Number(count), 0) > 1;
        },
        () => `the controller has not looked at it again: ${events}`,
        { pause: 500 },
      );
      assert.equal((await read("db", "other")).metadata.resourceVersion, resourceVersion);
      await stopController(lab.plane);
    });

    it("lets Secrets pass when it cannot be evaluated", async () => {
      const policy = ["patch", "mutatingadmissionpolicy", "cluster-security-unsealed-secrets"];
      const broken = 'Object{metadata: Object.metadata{labels: {"a": string(1 / (object.data.size() - 1))}}}';
      const path = "/spec/mutations/0/applyConfiguration/expression";
      const patch = (value: string) =>
        lab.kubectl([...policy, "--type=json", "--patch", JSON.stringify([{ op: "replace", path, value }])]);
      const expression = await lab.kubectl([
        "get",
        ...policy.slice(1),
        "--output=jsonpath={.spec.mutations[0].applyConfiguration.expression}",
      ]);
      await patch(broken);
      await untilOwned(undefined);
      await patch(expression);
      await untilOwned(left);
    });
  });

  describe("verify", () => {
    async function found(): Promise<Finding> {
      const findings = await lab.findings(dataLoss, settingsWith());
      return Object.entries(findings).find(([name]) => name.startsWith("Backups leave out sealing keys"))![1];
    }
    before(async () => {
      await applyAll([openDefinition({ apiVersion: "velero.io/v1", kind: "Schedule", namespaced: true })]);
      await lab.kubectl(["wait", "--for=condition=Established", "crd/schedules.velero.io", "--timeout=60s"]);
      const velero = await capture(
        () =>
          new Velero("velero", {
            namespace: "velero",
            bucket: "b",
            region: "r",
            s3Endpoint: "https://s3.example.com",
            accessKey: "a",
            secretKey: "s",
            repositoryPassword: "p",
          }),
      );
      const sealingKeys = { "sealedsecrets.bitnami.com/sealed-secrets-key": "active" };
      const release = { ...secretOf("sh.helm.release.v1.app.v1", undefined, { owner: "helm" }) };
      await applyAll([
        ...velero.ofType(secretType).map(({ inputs }) => inputs),
        { ...release, type: "helm.sh/release.v1" },
        secretOf("their-key", undefined, sealingKeys),
        secretOf("plain"),
        schedule("apps-daily", ours.template),
      ]);
    });

    it("proves that ours leaves them out", async () => {
      assert.deepEqual(await found(), {
        status: "proved",
        // apps/plain is what is held; apps/earlier, a release, a key, and two of velero are not.
        evidence: "of 6 Secrets in what 1 Schedules cover, 5 are left out; the other 1 are none of these",
      });
    });

    it("names what a Schedule without our selector would take along", async () => {
      await applyAll([
        schedule("everything", { includedNamespaces: ["*"], excludedNamespaces: ["kube-*", "other"] }),
      ]);
      const { status, evidence } = await found();
      assert.equal(status, "failed");
      assert.match(
        evidence,
        /though a sealing key: apps\/their-key; .* though of a Helm release: apps\/sh\.helm/,
      );
      assert.doesNotMatch(evidence, /earlier|cloud-credentials|velero-repo/);
      await lab.kubectl(["delete", "schedule", "everything", "--namespace=velero"]);
    });

    it("names a Secret of a SealedSecret from before the policy, and a key to the backups without the label", async () => {
      await lab.kubectl(["delete", "mutatingadmissionpolicybinding", "cluster-security-unsealed-secrets"]);
      await untilOwned(undefined);
      await lab.kubectl(["create", "-f", "-"], secretOf("unlabelled", [sealedSecret]));
      await lab.kubectl(["label", "secret", "cloud-credentials", "--namespace=velero", `${label}-`]);
      const { status, evidence } = await found();
      assert.equal(status, "failed");
      assert.match(evidence, /though of a SealedSecret: apps\/unlabelled; /);
      assert.match(evidence, /though a key to the backups: velero\/cloud-credentials; /);
    });
  });
});
