import assert from "node:assert/strict";
import { settingsForNodes } from "../../../../cli/lab/node/nodeSettings.js";
import { readSettings } from "../../../../cli/kit/settings.js";

const { settings } = await readSettings("lab");
const [first] = settings.cluster.nodes;
const withNodes = (...nodes: [name: string, address: string][]) => ({
  ...settings,
  cluster: {
    ...settings.cluster,
    controlPlaneEndpoint: "api.example.net:6443",
    nodes: nodes.map(([name, address]) => ({ ...first!, name, address })),
  },
});

describe("the settings of a lab of several nodes", () => {
  it("are those of the stack for one node", () => {
    assert.deepEqual(settingsForNodes(settings), settings);
    const three = withNodes(["a", "10.0.0.1"], ["b", "10.0.0.2"], ["c", "10.0.0.3"]);
    const { nodes, controlPlaneEndpoint } = settingsForNodes(three).cluster;
    assert.deepEqual([nodes.map(({ name }) => name), controlPlaneEndpoint], [["a"], "api.example.net:6443"]);
  });

  for (const [what, given, count, expected] of [
    [
      "all are named",
      [
        ["a", "10.0.0.5"],
        ["b", "10.0.0.7"],
      ],
      2,
      ["a 10.0.0.5", "b 10.0.0.7"],
    ],
    [
      "more are named",
      [
        ["a", "10.0.0.5"],
        ["b", "10.0.0.7"],
        ["c", "10.0.0.9"],
      ],
      2,
      ["a 10.0.0.5", "b 10.0.0.7"],
    ],
    ["one is", [["a", "10.0.0.253"]], 3, ["a 10.0.0.253", "a-2 10.0.0.254", "a-3 10.0.0.2"]],
    [
      "what is made is taken",
      [
        ["a", "10.0.0.5"],
        ["a-2", "10.0.0.7"],
      ],
      4,
      ["a 10.0.0.5", "a-2 10.0.0.7", "a-4 10.0.0.8", "a-5 10.0.0.9"],
    ],
  ] as [string, [string, string][], number, string[]][])
    it(`name as many as are wanted where ${what}, and the first as the endpoint`, () => {
      const { nodes, controlPlaneEndpoint } = settingsForNodes(withNodes(...given), count).cluster;
      assert.deepEqual(
        nodes.map(({ name, address }) => `${name} ${address}`),
        expected,
      );
      assert.equal(controlPlaneEndpoint, `${given[0]![1]}:6443`);
    });
});
