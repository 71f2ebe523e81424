import assert from "node:assert/strict";
import { packageOf } from "../../../../cli/lab/official/packages.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { certificateTools } from "../../../../cli/kit/toolchain/certificateTools.js";
import { ciliumTools } from "../../../../cli/kit/toolchain/ciliumTools.js";
import { earlierKubernetesTools } from "../../../../cli/kit/toolchain/kubernetesTool.js";
import { usualTools } from "../../../../cli/kit/toolchain/command.js";
import { readSums } from "../../../../cli/kit/toolchain/install.js";
import { neighbourTools } from "../../../../cli/kit/toolchain/neighbourTools.js";
import { architectures, type Tool } from "../../../../cli/kit/toolchain/pinnedTool.js";
import { releasesOf } from "../../../../cli/kit/toolchain/pin.js";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { tools, type ToolName } from "../../../../cli/kit/toolchain/tools.js";

const all = Object.values<Tool>(tools);

describe("the pinned tools", () => {
  for (const tool of all) {
    it(`pin ${tool.title} as its Go module does`, () => {
      const module = readFileSync(join(projectFolder, "tools", tool.module, "go.mod"), "utf8");
      const versions = [...module.matchAll(/^(?:require )?\t?(\S+) v(\S+)/gm)].filter(([, name]) =>
        `${tool.versionOf ?? tool.package}/`.startsWith(`${name}/`),
      );
      assert.deepEqual(
        versions.map(([, , version]) => version),
        [tool.version.replace(/^v/, "")],
      );
    });
  }

  it("can be linked together if they are of one module", () => {
    for (const tool of all) {
      const first = all.find(({ module }) => module === tool.module)!;
      assert.deepEqual(tool.variables, first.variables, tool.name);
    }
  });

  it("are got by npm run tools, but for those that only a node runs", () => {
    const left = Object.keys(tools).filter((name) => !usualTools().includes(name as ToolName));
    const ofCilium = Object.keys(ciliumTools).filter((name) => name !== "cilium-policy");
    const others = [certificateTools, earlierKubernetesTools, neighbourTools].flatMap(Object.keys);
    assert.deepEqual(
      left.sort(),
      ["kubelet", "kube-proxy", "coredns", "velero-restore-helper", ...ofCilium, ...others].sort(),
    );
  });

  it("are downloaded from releases of the pinned version, over HTTPS", () => {
    const published = all.filter((tool) => tool.release);
    assert.equal(published.length, 23);
    for (const { release, version, releaseVersion = version, name } of published) {
      for (const architecture of architectures) {
        const { url, sums } = release!(architecture);
        for (const text of [url, sums ?? url]) {
          assert.match(text, /^https:\/\/(dl\.k8s\.io|github\.com|get\.helm\.sh|get\.pulumi\.com)\//, name);
          assert.ok(text.includes(releaseVersion.replace(/^v/, "")), `${name}: ${text}`);
        }
        assert.match(url, architecture === "amd64" ? /amd64|x64/ : /arm64/);
      }
    }
  });

  it("have the Kubernetes plugin's release that the SDK asks for", () => {
    const { releaseVersion } = tools["pulumi-resource-kubernetes"];
    assert.equal(releaseVersion, packageOf("kubernetes").version);
  });

  it("have no SHA-256 of another release", () => {
    const urls = releasesOf(all).map(({ url }) => url);
    for (const [url, sum] of Object.entries(readSums())) {
      assert.ok(urls.includes(url), `${url} is not a release of a tool: npm run tools -- --pin`);
      assert.match(sum, /^[0-9a-f]{64}$/);
    }
  });
});
