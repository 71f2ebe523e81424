import assert from "node:assert/strict";
import { until } from "../../../../cli/kit/until.js";
import { AdmissionPolicies } from "../../../../components/access/admissionPolicies.js";
import { capture } from "../../../kit/capture.js";
import { Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";
import {
  type Manifest,
  good,
  pod,
  images,
  workload,
  binding,
  user,
  unpinned,
  cases,
  args,
} from "./admissionCases.js";
import { baselineCases } from "./baselineCases.js";
import { hostCases } from "./hostCases.js";
import { openingCases } from "./openingCases.js";
import { requesterTests } from "./requesterTests.js";
import { definitions } from "./kinds.js";
import { rightsCases } from "./rightsCases.js";
import { roleTests } from "./roleTests.js";
import { Trials } from "./tried.js";

describe("admission policies on a real API server", function () {
  let lab: Lab;
  const { tried } = new Trials(() => lab);
  const asked = { admin: (...given: Parameters<Lab["kubectl"]>) => lab.kubectl(...given), tried };
  /** Waits until the API server has taken the policies up, which it does a moment after they were made. */
  async function untilSaid(manifest: Manifest, what: (said: string) => boolean): Promise<void> {
    let said = "";
    await until(
      async () => what(({ said } = await tried(manifest)).said),
      () => `the policies do not hold: ${said}`,
    );
  }

  async function laid(action: "warn" | "deny"): Promise<void> {
    const captured = await capture(() => new AdmissionPolicies("admission", { ...args, action }));
    const items = captured.resources.filter(({ custom }) => custom).map(({ inputs }) => inputs);
    await lab.kubectl(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  }

  before(async function () {
    this.timeout(180_000);
    const settings = settingsWith();
    lab = await Lab.of("admission");
    await lab.apply(await nodeFilesOf(settings));
    await lab.kubectl(["create", "-f", "-"], { apiVersion: "v1", kind: "List", items: definitions });
    for (const namespace of ["apps", "velero", "other", "traefik"])
      await lab.kubectl(["create", "namespace", namespace]);
    for (const namespace of ["apps", "velero", "other"]) {
      await untilSaid(
        { ...images(good), metadata: { name: "web", namespace } },
        (said) => !said.includes("serviceaccount"),
      );
    }
    await lab.kubectl(["create", "serviceaccount", "velero-server", "--namespace=velero"]);
    await lab.kubectl(["create", "serviceaccount", "velero-server", "--namespace=apps"]);
    // What is there before the policies.
    await lab.kubectl(["create", "-f", "-"], workload("apps/v1", "Deployment", "nginx"));
    await lab.kubectl(["create", "-f", "-"], binding("ClusterRoleBinding", "cluster-admin", user("before")));
    await lab.kubectl(["create", "-f", "-"], hostCases[3]![1]);
    await lab.kubectl(["create", "clusterrole", "everything", "--verb=*", "--resource=*.*"]);
    await lab.kubectl(["create", "clusterrole", "before", "--verb=*", "--resource=*.*"]);
    await laid("deny");
    await untilSaid(images("nginx"), (said) => said.includes("denied"));
    await untilSaid(pod({ hostNetwork: true }), (said) => said.includes("denied"));
    await untilSaid(binding("RoleBinding", "cluster-admin", user("mallory")), (said) =>
      said.includes("denied"),
    );
    await untilSaid(binding("ClusterRoleBinding", "view", user("system:anonymous")), (said) =>
      said.includes("denied"),
    );
    for (const name of [
      "a policy that lets everything in",
      "a name for the API server",
      "a SealedSecret for every namespace",
    ]) {
      const [, opening] = openingCases.find(([title]) => title === name)!;
      await untilSaid(opening, (said) => said.includes("denied"));
    }
    await untilSaid(hostCases[2]![1], (said) => said.includes("denied"));
    const [, powerful] = rightsCases[0]!;
    await untilSaid(powerful, (said) => said.includes("denied"));
  });
  after(() => lab.stop());

  for (const [name, manifest, refusal] of [
    ...cases,
    ...baselineCases,
    ...rightsCases,
    ...hostCases,
    ...openingCases,
  ]) {
    it(`${refusal ? "refuse" : "let in"}: ${name}`, async () => {
      const { admitted, said } = await tried({
        ...manifest,
        metadata: { ...manifest.metadata, name: "tried" },
      });
      if (refusal === undefined) {
        assert.ok(admitted, said);
        assert.equal(said.includes("cluster-security"), false, said);
      } else {
        assert.equal(admitted, false, "it was let in");
        const reason = /denied request: (.*)/.exec(said)?.[1];
        assert.equal(reason, refusal);
      }
    });
  }

  describe("and roles", () => roleTests(asked));

  it("find no fault with their own expressions", async () => {
    interface Policy {
      metadata: { name: string };
      status?: { typeChecking?: { expressionWarnings?: unknown[] } };
    }
    const checked = await until(
      async () => {
        const stdout = await lab.kubectl(["get", "validatingadmissionpolicies", "--output=json"]);
        const { items } = JSON.parse(stdout) as { items: Policy[] };
        return items.every(({ status }) => status?.typeChecking) && items;
      },
      "the API server has not checked the types",
      { pause: 500 },
    );
    const warnings = checked.map(({ status }) => status!.typeChecking!.expressionWarnings ?? []);
    assert.deepEqual(warnings, Array(8).fill([]));
  });

  describe("and those who are not administrators", () => requesterTests(asked));

  it("leave what was there before as it is, but not a change for the worse", async () => {
    await lab.kubectl(["label", "deployment", "web", "--namespace=apps", "theirs=kept"]);
    await lab.kubectl(["scale", "deployment", "web", "--namespace=apps", "--replicas=0"]);
    await lab.kubectl(["label", "clusterrolebinding", "test", "theirs=kept"]);
    await lab.kubectl(["label", "httproute", "test", "--namespace=other", "theirs=kept"]);
    const rules = JSON.stringify({ spec: { rules: [] } });
    const route = ["patch", "httproute", "test", "--namespace=other", "--type=merge", "--patch", rules];
    await assert.rejects(
      lab.kubectl(route),
      /denied request: belongs to another namespace: harbor.example.com;/,
    );
    const image = ["set", "image", "deployment/web", "--namespace=apps", "web=httpd"];
    await assert.rejects(lab.kubectl(image), /denied request: not one version: httpd;/);
    await lab.kubectl(["set", "image", "deployment/web", "--namespace=apps", "web=nginx:1.29.1"]);
    const subjects = JSON.stringify({ subjects: [user("before"), user("mallory")] });
    const patch = ["patch", "clusterrolebinding", "test", "--patch", subjects];
    await assert.rejects(lab.kubectl(patch), /denied request: would make cluster-admin: User mallory;/);
  });

  it("bind whatever label of its name a namespace is given, since the API server puts that back", async () => {
    const label = "kubernetes.io/metadata.name";
    await lab.kubectl(["label", "namespace", "apps", `${label}=other`, "--overwrite"]);
    const namespace = await lab.kubectl(["get", "namespace", "apps", "--output=json"]);
    const { metadata } = JSON.parse(namespace) as { metadata: { labels: Record<string, string> } };
    assert.equal(metadata.labels[label], "apps");
    assert.match((await tried(images("nginx"))).said, /denied request/);
  });

  it("refuse a debug container as they refuse any", async () => {
    await lab.kubectl(["create", "-f", "-"], {
      ...pod({}),
      metadata: { name: "debugged", namespace: "apps" },
    });
    const debug = ["debug", "debugged", "--namespace=apps"];
    await assert.rejects(
      lab.kubectl([...debug, "--image=busybox", "--target=web", "--profile=baseline"]),
      /denied request: not one version: busybox;/,
    );
  });

  describe("where the setting says warn", () => {
    it("only warn", async () => {
      await laid("warn");
      await untilSaid(images("nginx"), (said) => !said.includes("denied"));
      const { admitted, said } = await tried(images("nginx"));
      assert.ok(admitted, said);
      assert.match(
        said,
        /^Warning: Validation failed for ValidatingAdmissionPolicy 'cluster-security-images'/m,
      );
      assert.ok(said.includes(unpinned("nginx")), said);
    });
  });
});
