import assert from "node:assert/strict";
import type { PlannedStep } from "../../../cli/plan/engine/events.js";
import { silent } from "../../../cli/kit/progress.js";
import { unknown } from "../../../cli/plan/providers/values.js";
import type { Manifest } from "../../../cli/reach/policies.js";
import { reachChanges } from "../../../cli/reach/planned.js";
import { UserError } from "../../../cli/kit/userError.js";
import { cilium, deny, shop } from "./policies.js";

/** Resources of a plan that leads from some objects to others, by name. */
function planned(before: Manifest[], after: Manifest[]): PlannedStep[] {
  const key = ({ kind, metadata }: Manifest) => `${kind} ${metadata!.namespace} ${metadata!.name}`;
  const keys = [...new Set([...before, ...after].map(key))];
  return keys.map((name) => {
    const [old, next] = [before, after].map((list) => list.find((object) => key(object) === name));
    return {
      urn: `urn:pulumi:home::cluster-security::kubernetes:x:Y::${name}`,
      type: "kubernetes:x:Y",
      operation: next ? (old ? "update" : "create") : "delete",
      // The engine tells of a deleted resource's state on both sides.
      step: { old: old && { inputs: old }, new: next ? { inputs: next } : { inputs: old } },
    } as unknown as PlannedStep;
  });
}

const host = (name: string) =>
  cilium("shop", "host", {
    endpointSelector: {},
    egress: [{ toFQDNs: [{ matchName: name }], toPorts: [{ ports: [{ port: "443", protocol: "TCP" }] }] }],
  });

describe("what a plan says of who can reach whom", () => {
  let asked: string[];
  const changes = (before: Manifest[], after: Manifest[], enforcement?: "audit") =>
    reachChanges(planned(before, after), {
      enforcement,
      progress: silent,
      analyzerPath: (name) => {
        asked.push(name);
        return Promise.reject(new UserError("it is needed.\nInstall Go."));
      },
    });
  beforeEach(() => (asked = []));

  it("is nothing, without asking the analyzer, where no policy changes", async () => {
    assert.deepEqual(await changes(shop, shop), []);
    assert.deepEqual(await changes([], [{ apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }]), []);
    assert.deepEqual(asked, []);
  });

  it("is about rules that are listed, without asking the analyzer, where only those change", async () => {
    assert.deepEqual(await changes([...shop, host("a.org")], [...shop, host("b.org")]), [
      "closes shop -> a.org:443 (listed, not computed: shop/host)",
      "opens shop -> b.org:443 (listed, not computed: shop/host)",
    ]);
    assert.deepEqual(asked, []);
  });

  it("begins with audit, under which nothing is enforced", async () => {
    const [first, ...others] = await changes([host("a.org")], [], "audit");
    assert.match(first!, /^AUDIT: network\.enforcement is audit, so Cilium enforces no policy at all/);
    assert.deepEqual(others, ["closes shop -> a.org:443 (listed, not computed: shop/host)"]);
  });

  it("is that it is not known, where the analyzer cannot be had", async () => {
    assert.deepEqual(await changes(shop, [...shop, deny("new")]), [
      "what the change opens and closes is not known: it is needed. Install Go.",
    ]);
    assert.deepEqual(asked, ["netpol-analyzer"]);
  });

  it("is that it is not known, where a policy depends on what is known later", async () => {
    const policy = deny("new");
    policy.metadata!.namespace = unknown;
    const [line] = await changes([], [policy]);
    assert.match(
      line!,
      /^what the change opens and closes is not known: .*: parts of this policy are known only once it is applied$/,
    );
  });

  it("is that nothing opens or closes, where policies only change their names", async () => {
    const renamed = { ...host("a.org"), metadata: { name: "renamed", namespace: "shop" } };
    assert.deepEqual(await changes([host("a.org")], [renamed]), [
      "the policies change, and no connection opens or closes",
    ]);
  });
});
