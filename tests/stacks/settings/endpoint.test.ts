import assert from "node:assert/strict";
import { protectedAddresses } from "../../../stacks/settings/derived/endpoint.js";
import { settingsIn } from "../../real/network/policies.js";

describe("addresses that lead to a node or to the API server", () => {
  const musashi = settingsIn("musashi", {});
  const node = musashi.cluster.nodes[0]!;
  const addresses = (controlPlaneEndpoint?: string, serviceSubnet = "10.96.0.0/12") =>
    protectedAddresses({
      ...musashi,
      cluster: { ...musashi.cluster, nodes: [node], controlPlaneEndpoint, serviceSubnet },
    });

  for (const [name, found, expected] of [
    ["the nodes and the API server's Service", addresses(), [node.address, "10.96.0.1"]],
    ["the first address of another network", addresses(undefined, "10.1.2.3/16"), [node.address, "10.1.0.1"]],
    ["an endpoint that is an address", addresses("192.0.2.1:6443"), [node.address, "10.96.0.1", "192.0.2.1"]],
    ["no endpoint that is a name", addresses("api.example.com:6443"), [node.address, "10.96.0.1"]],
  ] as const) {
    it(`hold ${name}`, () => assert.deepEqual(found, expected));
  }
});
