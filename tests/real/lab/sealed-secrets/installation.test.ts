import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import {
  fromDeployment,
  installation,
  standInFlags,
  withStandIn,
} from "../../../../cli/lab/sealedSecrets/installation.js";
import { flagValue } from "../../../../cli/verify/checks/secrets/renewal.js";
import { readSettings } from "../../../../cli/kit/settings.js";
import { chartArchive, helm } from "./chart.js";
import { skip } from "../../../kit/skip.js";

const objects = (text: string) =>
  parseAllDocuments(text).map((document) => document.toJS() as Record<string, any>);
const standIn = objects(
  readFileSync(new URL("../../../../cli/lab/sealedSecrets/standIn.yaml", import.meta.url), "utf8"),
);
const ofKind = (all: Record<string, any>[], kind: string) => all.find((object) => object["kind"] === kind)!;

describe("how the controller is installed", () => {
  it("is read from the cluster's Deployment", () => {
    const deployment = {
      metadata: { namespace: "kube-system", labels: { "helm.sh/chart": "sealed-secrets-2.19.1" } },
      spec: { template: { spec: { serviceAccountName: "its-own", containers: [{ args: ["--a", "b"] }] } } },
    };
    assert.deepEqual(fromDeployment(deployment), {
      namespace: "kube-system",
      serviceAccount: "its-own",
      flags: ["--a", "b"],
      source: "chart sealed-secrets-2.19.1",
    });
    delete (deployment.metadata as { labels?: unknown }).labels;
    assert.equal(
      fromDeployment(deployment).source,
      "the Deployment sealed-secrets-controller of the cluster",
    );
  });

  it("has the flags of the program's values where there is no chart", () => {
    const flags = standInFlags();
    assert.equal(flagValue(flags, "--key-renew-period"), "0");
    assert.ok(flags.includes("--watch-for-secrets"));
  });

  it("is marked as a stand-in there, under names the chart does not use", () => {
    assert.deepEqual(
      standIn.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ["ServiceAccount", "ClusterRole", "ClusterRoleBinding"].map(
        (kind) => `${kind} sealed-secrets-stand-in`,
      ),
    );
    for (const { metadata } of standIn) {
      assert.equal(metadata.labels["cluster-security/stand-in"], "sealed-secrets");
    }
  });

  it("lists the stand-in where it is used, and in no stack's settings", async () => {
    const { settings } = await readSettings("lab");
    const used = await installation(() => Promise.resolve(""));
    const names = ({ access }: typeof settings) =>
      access.privileged.map(({ namespace, name, may, namespaces }) => [namespace, name, may, namespaces]);
    const listed = names(settings);
    assert.deepEqual(names(withStandIn(settings, used)), [
      ...listed,
      ["kube-system", "sealed-secrets-stand-in", ["read-secrets", "make-tokens"], ["*"]],
    ]);
    assert.equal(withStandIn(settings, {}), settings);
    assert.ok(!listed.some(([, name]) => name === "sealed-secrets-stand-in"));
  });

  it("has the flags and the rights that the chart makes of the program's values", function () {
    const archive = chartArchive();
    if (!archive) return skip(this, "the chart of Sealed Secrets is not at hand: npm run tools fetches it");
    const chart = objects(helm("template", "sealed-secrets", archive, "--kube-version", "1.36.2"));
    const { flags, serviceAccount } = fromDeployment(ofKind(chart, "Deployment") as never);
    const listening = flags.flatMap((flag, index) => (/^--listen-/.test(flag) ? [index, index + 1] : []));
    assert.deepEqual(
      flags.filter((_, index) => !listening.includes(index)),
      standInFlags(),
    );
    assert.equal(ofKind(chart, "ServiceAccount")["metadata"].name, serviceAccount);
    assert.deepEqual(ofKind(standIn, "ClusterRole")["rules"], ofKind(chart, "ClusterRole")["rules"]);
    for (const { metadata } of standIn) {
      assert.ok(!chart.some((object) => object["metadata"].name === metadata.name));
    }
  });
});
