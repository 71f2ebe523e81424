import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { kubeadmConfigPath } from "../../../components/control-plane/kubeadmConfig.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { nodeFilesOf } from "../../../stacks/sections/controlPlane.js";
import { parseSettings, settingsOf } from "../../../stacks/settings/index.js";
import { capture, valueOf } from "../../kit/capture.js";
import { runKubeadm, tool } from "./kubeadm.js";

/** The kubeadm configurations of a stack, one for each of its nodes. */
async function configurationsOf(file: string): Promise<string[]> {
  const { config } = parse(readFileSync(join(projectFolder, file), "utf8")) as {
    config: Record<string, unknown>;
  };
  const { settings } = parseSettings(settingsOf(config), file);
  let node!: ReturnType<typeof nodeFilesOf>;
  await capture(() => void (node = nodeFilesOf(settings)), {
    outputs: () => ({ result: "a password" }),
  });
  const files = await valueOf(node.files);
  const configurations = files.filter(({ path }) => path === kubeadmConfigPath);
  assert.equal(configurations.length, settings.cluster.nodes.length);
  return configurations.map(({ content }) => content);
}

describe("the kubeadm configuration of every stack", () => {
  const stacks = readdirSync(projectFolder).filter((file) => /^Pulumi\.[^.]+\.yaml$/.test(file));

  it("is looked at for all of them", () => {
    for (const stack of ["Pulumi.lab.yaml", "Pulumi.musashi.yaml"]) assert(stacks.includes(stack), stack);
  });

  for (const stack of stacks) {
    it(`is accepted by kubeadm for ${stack}`, async function () {
      const kubeadm = tool(this, "kubeadm");
      for (const configuration of await configurationsOf(stack)) {
        runKubeadm(kubeadm, configuration, ["config", "validate"]);
        const misspelt = configuration.replace("podSubnet", "podSubnets");
        assert.throws(() => runKubeadm(kubeadm, misspelt, ["config", "validate"]), /podSubnets/);
      }
    });
  }
});
