import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { clusterName, kindNodeName, nodeVersion } from "../../../../cli/lab/kind/cluster.js";
import { kindSettings, kindStack } from "../../../../cli/lab/kind/settings.js";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { parseSettings, settingsOf } from "../../../../stacks/settings/index.js";

const read = (file: string) => readFileSync(join(projectFolder, file), "utf8");
const lab = read("Pulumi.lab.yaml");

/** Paths whose values differ. */
function differences(one: any, other: any, path = ""): string[] {
  if (typeof one !== "object" || typeof other !== "object") return one === other ? [] : [path];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) => differences(one[key], other[key], path ? `${path}.${key}` : key));
}

describe("the settings of the kind cluster", () => {
  const text = kindSettings(lab, nodeVersion, kindNodeName);
  const raw = (text: string) => settingsOf(parse(text).config);
  const parsed = (text: string) => parseSettings(raw(text), kindStack);

  it("are valid, and the lab's but for what real pods need", () => {
    const { settings, missing } = parsed(text);
    assert.deepEqual(missing, []);
    assert.deepEqual(differences(raw(lab), raw(text)).sort(), [
      "backups.jobs.restoreDrill",
      "certificates.certificates.0.issuer",
      "certificates.certificates.1.issuer",
      "certificates.certificates.2.issuer",
      "cluster.kubernetesVersion",
      "cluster.name",
      "cluster.nodes.0.name",
      "registry.storageClass",
      "registry.tlsAt",
    ]);
    assert.deepEqual(
      settings.certificates.certificates.map(({ issuer }) => issuer),
      ["internal-ca", "internal-ca", "internal-ca"],
    );
  });

  it("are the same to Pulumi, which reads YAML 1.1", () => {
    assert.deepEqual(parse(text, { schema: "yaml-1.1" }), parse(text));
  });

  it("are of the release of Kubernetes that the lab runs", () => {
    const minor = (version: string) => version.split(".").slice(0, 2).join(".");
    assert.equal(minor(nodeVersion), minor(parsed(lab).settings.cluster.kubernetesVersion));
    assert.equal(kindNodeName, `${clusterName}-control-plane`);
  });

  it("are in a file that Git ignores", () => {
    const file = `Pulumi.${kindStack}.yaml`;
    assert.equal(
      execFileSync("git", ["check-ignore", file], { cwd: projectFolder, encoding: "utf8" }).trim(),
      file,
    );
  });
});
