import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import {
  errorsIn,
  objectionsIn,
  outputChangesIn,
  resourcesIn,
  warningsIn,
} from "../../../cli/plan/engine/events.js";
import { unknown } from "../../../cli/plan/providers/values.js";

const urn = (type: string, name: string) => `urn:pulumi:s::p::${type}::${name}`;

function step(
  op: string,
  type: string,
  name: string,
  states: { old?: object; new?: object } = {},
): EngineEvent {
  return {
    resourcePreEvent: { metadata: { op, urn: urn(type, name), type, ...states } },
  } as unknown as EngineEvent;
}

function diagnostic(severity: string, message: string, on?: string): EngineEvent {
  return { diagnosticEvent: { severity, message, urn: on } } as unknown as EngineEvent;
}

describe("the engine's events", () => {
  const operations: { ops: string[]; operation: string }[] = [
    { ops: ["create"], operation: "create" },
    { ops: ["import"], operation: "create" },
    { ops: ["update"], operation: "update" },
    { ops: ["delete"], operation: "delete" },
    { ops: ["same"], operation: "same" },
    { ops: ["read"], operation: "same" },
    { ops: ["create-replacement", "replace", "delete-replaced"], operation: "replace" },
    { ops: ["delete-replaced", "replace", "create-replacement"], operation: "replace" },
  ];
  for (const { ops, operation } of operations) {
    it(`make ${ops.join(", ")} one ${operation}`, () => {
      const found = resourcesIn(ops.map((op) => step(op, "a:b:C", "x")));
      assert.deepEqual(
        found.map((resource) => [resource.operation, resource.urn]),
        [[operation, urn("a:b:C", "x")]],
      );
      if (operation === "replace") assert.equal(found[0]!.step.op, "replace");
    });
  }

  for (const operation of ["delete", "update", "same"]) {
    it(`make a refresh that finds one ${operation} exactly that`, () => {
      const after = (name: string) =>
        ({
          resOutputsEvent: { metadata: step(operation, "a:b:C", name).resourcePreEvent!.metadata },
        }) as EngineEvent;
      const found = resourcesIn([
        step("refresh", "a:b:C", "x"),
        after("x"),
        step("same", "a:b:C", "y"),
        after("y"),
      ]);
      assert.deepEqual(
        found.map((resource) => resource.operation),
        [operation, "same"],
      );
    });
  }

  it("are put in order, and providers that the engine makes up left out", () => {
    const events = [
      step("create", "z:b:C", "z"),
      step("create", "pulumi:providers:random", "default_4_21_2"),
      step("create", "pulumi:providers:random", "default"),
      step("create", "pulumi:providers:random", "own"),
      step("create", "a:b:C", "a", { new: { parent: "urn:parent" } }),
    ];
    assert.deepEqual(
      resourcesIn(events).map(({ type, parent }) => [type, parent]),
      [
        ["a:b:C", "urn:parent"],
        ["pulumi:providers:random", undefined],
        ["z:b:C", undefined],
      ],
    );
  });

  it("tell what went wrong once, without colours, and never what was said for debugging", () => {
    const events = [
      diagnostic("error", "<{%fg 1%}>no<{%reset%}> such thing\n", urn("a:b:C", "x")),
      diagnostic("error", "<{%fg 1%}>no<{%reset%}> such thing\n", urn("a:b:C", "x")),
      diagnostic("error", "preview failed"),
      diagnostic("debug", "needle"),
      diagnostic("warning", "mind the gap"),
      diagnostic("warning", "using pulumi-analyzer-policy-nodejs from $PATH at /somewhere"),
    ];
    assert.deepEqual(errorsIn(events), ["x: no such thing", "preview failed"]);
    assert.deepEqual(warningsIn(events), ["mind the gap"]);
  });

  it("tell each objection once, mandatory or not", () => {
    const policy = (policyName: string, enforcementLevel: string) =>
      ({
        policyEvent: { policyName, resourceUrn: "u", message: " <{%reset%}>m\n", enforcementLevel },
      }) as EngineEvent;
    assert.deepEqual(
      objectionsIn([policy("b", "mandatory"), policy("a", "advisory"), policy("b", "mandatory")]),
      [
        { policy: "a", urn: "u", message: "m", mandatory: false },
        { policy: "b", urn: "u", message: "m", mandatory: true },
      ],
    );
  });

  it("tell which outputs of the stack differ", () => {
    const outputs = (old: object, next: object) =>
      ({
        resOutputsEvent: {
          metadata: { type: "pulumi:pulumi:Stack", old: { outputs: old }, new: { outputs: next } },
        },
      }) as unknown as EngineEvent;
    assert.deepEqual(
      outputChangesIn([outputs({}, {}), outputs({ a: 1, b: { c: 1 }, d: 1 }, { a: 1, b: { c: 2 }, e: 1 })]),
      [
        { name: "b", kind: "update" },
        { name: "d", kind: "delete" },
        { name: "e", kind: "add" },
      ],
    );
    assert.deepEqual(outputChangesIn([]), []);
    // One that was empty, and is not known yet, is what it was; one that had a value may change.
    const change = step("create", "t", "n");
    const notKnown = outputs({ empty: "", given: "x" }, { empty: unknown, given: unknown, added: unknown });
    assert.deepEqual(outputChangesIn([change, notKnown]), [
      { name: "added", kind: "add" },
      { name: "given", kind: "update" },
    ]);
  });
});
