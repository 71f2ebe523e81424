import assert from "node:assert/strict";
import { guideCommands } from "../../../../cli/lab/node/joinGuide.js";

describe("the guide's commands, as the lab runs them", () => {
  it("are those of the block, for another name and address", () => {
    const commands = guideCommands("controlPlane", {
      "--node-name b": "--node-name c",
      "10.0.0.2": "10.0.0.3",
    });
    assert.equal(
      commands,
      `kubeadm join --discovery-file discovery.conf \\
  --control-plane --certificate-key "$key" \\
  --node-name c --apiserver-advertise-address 10.0.0.3
rm discovery.conf
`,
    );
    assert.match(guideCommands("taint"), /^kubectl taint nodes --all \S+\n$/);
  });

  it("are refused where the guide has changed", () => {
    assert.throws(
      () => guideCommands("worker", { "10.0.0.2": "10.0.0.3" }),
      /^Error: docs\/guides\/join-a-node\.md does not say "10\.0\.0\.2" for worker$/,
    );
    assert.throws(
      () => guideCommands("worker", {}, "```sh\nkubeadm join\n```\n"),
      /^Error: docs\/guides\/join-a-node\.md has 1 blocks of commands, and not 5$/,
    );
  });
});
