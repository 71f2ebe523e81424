import assert from "node:assert/strict";
import { Host, resourceName, typeOf } from "../../../../cli/plan/providers/host.js";
import { standIn } from "../../../../cli/plan/providers/standIn.js";
import { secret, unknown } from "../../../../cli/plan/providers/values.js";

const urn = (type: string, name = "x") => `urn:pulumi:stack::project::parent:Type$${type}::${name}`;

const demo = standIn(
  "demo",
  {
    "demo:index:Thing": {
      check: ({ size }) => ({
        failures: size > 5 ? [{ property: "size", reason: "must be at most 5" }] : [],
        defaults: { metadata: { name: "made-up" } },
      }),
      create: ({ size }) => ({ id: `thing-${size}`, outputs: { doubled: size * 2, nothing: undefined } }),
      find: (id) =>
        Promise.resolve(id === "thing-3" ? { inputs: { size: 3 }, outputs: { doubled: 6 } } : undefined),
    },
    "demo:index:Key": {
      generates: true,
      secretOutputs: ["value"],
      create: () => ({
        id: "key-12345",
        outputs: { value: "drawn-at-random", nested: { list: ["also-random"] }, n: 1 },
      }),
    },
  },
  { "demo:index:double": ({ n }) => ({ n: n * 2, absent: undefined }) },
);

describe("the host of stand-ins", () => {
  it("refuses what a check refuses, as a real provider does", async () => {
    const host = new Host([demo], { failures: "refuse" });
    const { failures } = await host.check(urn("demo:index:Thing"), { size: 6 });
    assert.deepEqual(failures, [{ property: "size", reason: "must be at most 5" }]);
    assert.deepEqual(host.problems, []);
  });

  it("or collects it, so that a plan shows everything at once", async () => {
    const host = new Host([demo], { failures: "collect" });
    assert.deepEqual((await host.check(urn("demo:index:Thing"), { size: 6 })).failures, []);
    assert.deepEqual(host.problems, [
      { urn: urn("demo:index:Thing"), property: "size", reason: "must be at most 5" },
    ]);
  });

  it("fills in defaults without touching what is given, secrets included", async () => {
    const host = new Host([demo], { failures: "refuse" });
    const { inputs } = await host.check(urn("demo:index:Thing"), {
      size: secret(1),
      metadata: secret({ labels: {} }),
    });
    assert.deepEqual(inputs, { size: secret(1), metadata: secret({ labels: {}, name: "made-up" }) });
  });

  const strangers: { type: string; reason: string }[] = [
    {
      type: "demo:index:Other",
      reason:
        "the stand-in for demo knows no resource demo:index:Other; it knows demo:index:Thing, demo:index:Key",
    },
    { type: "aws:s3:Bucket", reason: "there is no stand-in for the provider of aws:s3:Bucket" },
  ];
  for (const { type, reason } of strangers) {
    it(`refuses ${type}`, async () => {
      const host = new Host([demo], { failures: "refuse" });
      assert.deepEqual((await host.check(urn(type), {})).failures, [{ property: "", reason }]);
    });
  }

  it("goes on planning with a type it has complained about", async () => {
    const host = new Host([demo], { failures: "collect" });
    await host.check(urn("aws:s3:Bucket"), { a: 1 });
    assert.equal(host.problems.length, 1);
    assert.deepEqual(
      host.diff(urn("aws:s3:Bucket"), { inputs: { a: 1 }, outputs: {} }, { a: 1 }).changes,
      [],
    );
    assert.deepEqual(await host.create(urn("aws:s3:Bucket"), { a: 1 }, false), {
      id: "x",
      outputs: { a: 1 },
    });
  });

  it("gives resources their outputs, and a preview none but the inputs", async () => {
    const host = new Host([demo], { failures: "refuse" });
    assert.deepEqual(await host.create(urn("demo:index:Thing"), { size: secret(2) }, false), {
      id: "thing-2",
      outputs: { size: secret(2), doubled: 4 },
    });
    assert.deepEqual(await host.create(urn("demo:index:Thing"), { size: unknown }, true), {
      id: "",
      outputs: { size: unknown },
    });
  });

  it("wraps outputs that are secret by themselves, and remembers what was drawn at random", async () => {
    const host = new Host([demo], { failures: "refuse" });
    const { outputs } = await host.create(urn("demo:index:Key"), {}, false);
    assert.deepEqual(outputs["value"], secret("drawn-at-random"));
    assert.deepEqual([...host.generated].sort(), ["also-random", "drawn-at-random", "key-12345"]);
    assert.equal(host.generates(urn("demo:index:Key")), true);
    assert.equal(host.generates(urn("demo:index:Thing")), false);
  });

  it("keeps on an update what it had given next to the inputs", async () => {
    const host = new Host([demo], { failures: "refuse" });
    const existing = { id: "x", inputs: { a: 1, gone: 1 }, outputs: { a: 1, gone: 1, value: secret("v") } };
    assert.deepEqual(await host.update(urn("demo:index:Thing"), existing, { a: 2 }, false), {
      a: 2,
      value: secret("v"),
    });
  });

  it("finds what exists outside the state, where a kind can, with its outputs", async () => {
    const host = new Host([demo], { failures: "refuse" });
    assert.deepEqual(await host.find(urn("demo:index:Thing"), "thing-3"), {
      inputs: { size: 3 },
      outputs: { size: 3, doubled: 6 },
    });
    assert.equal(await host.find(urn("demo:index:Thing"), "thing-4"), undefined);
    await assert.rejects(host.find(urn("demo:index:Key"), "key-12345"), {
      message: "reading a demo:index:Key that exists outside this stack needs the real provider",
    });
  });

  it("answers functions, and says which it knows", () => {
    const host = new Host([demo], { failures: "refuse" });
    assert.deepEqual(host.invoke("demo:index:double", { n: secret(2) }), { n: 4 });
    assert.throws(() => host.invoke("demo:index:halve", {}), {
      message: "the stand-in for demo knows no function demo:index:halve; it knows demo:index:double",
    });
    assert.throws(() => host.invoke("aws:s3:getBucket", {}), {
      message: "the stand-in for aws knows no function aws:s3:getBucket",
    });
  });

  it("reads types and names from URNs", () => {
    assert.equal(typeOf(urn("demo:index:Thing")), "demo:index:Thing");
    assert.equal(resourceName(urn("demo:index:Thing", "a::b")), "a::b");
  });
});
