import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { ciliumViolations } from "../../../cli/plan/ciliumPolicies.js";
import { builtTool } from "../../../cli/kit/toolchain/tool.js";
import { ciliumPolicy } from "./policies.js";

/** The engine's account of a policy that would be created. */
function planned(name: string, spec: object, op = "create"): EngineEvent {
  const type = "kubernetes:cilium.io/v2:CiliumNetworkPolicy";
  const urn = `urn:pulumi:s::p::${type}::${name}`;
  const inputs = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name, namespace: "n" },
    spec,
  };
  return { resourcePreEvent: { metadata: { op, urn, type, new: { inputs } } } } as unknown as EngineEvent;
}

describe("a plan's policies of Cilium", () => {
  const good = planned("good", { endpointSelector: {}, egress: [{ toEntities: ["world"] }] });
  const empty = planned("empty", { endpointSelector: {}, egress: [] });
  let program: string;
  before(async function () {
    program = await ciliumPolicy(this);
  });

  it("are violations with Cilium's reason where Cilium refuses them", async () => {
    assert.equal(await builtTool("cilium-policy"), program);
    assert.deepEqual(await ciliumViolations([good, empty]), {
      violations: [
        {
          policy: "cilium-policy",
          urn: "urn:pulumi:s::p::kubernetes:cilium.io/v2:CiliumNetworkPolicy::empty",
          message:
            "Invalid CiliumNetworkPolicy spec: rule must have at least one of Ingress, IngressDeny, Egress, EgressDeny",
        },
      ],
      notes: [],
    });
  });

  it("are not looked at when they go", async () => {
    const gone = planned("gone", { endpointSelector: {}, egress: [] }, "delete");
    assert.deepEqual(await ciliumViolations([gone]), { violations: [], notes: [] });
  });

  it("are not waited for: without the code built, a note says so", async () => {
    const elsewhere = { folder: "/nonexistent", path: "" };
    assert.equal(await builtTool("cilium-policy", elsewhere), undefined);
    assert.deepEqual(await ciliumViolations([good, empty], () => builtTool("cilium-policy", elsewhere)), {
      violations: [],
      notes: [
        "2 policies of Cilium were not judged by Cilium's own code; npm run tools builds it, in about two minutes.",
      ],
    });
  });
});
