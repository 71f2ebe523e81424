import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decisionOf, decisions } from "../../stacks/takeOver.js";
import type { Captured } from "../kit/capture.js";
import { rawSettings } from "./settings/fixtures.js";
import { existingClusters, objectsOf, run } from "./program.js";

const components = fileURLToPath(new URL("../../components", import.meta.url));
const isForced = ({ inputs }: Captured) =>
  inputs["metadata"].annotations?.["pulumi.com/patchForce"] === "true";
const isPatch = ({ type }: Captured) => type.endsWith("Patch");
const kindOf = ({ inputs }: Captured): string => inputs["kind"] as string;

describe("taking over the objects of a cluster that exists", () => {
  let objects: Captured[];

  before(async function () {
    this.timeout(60_000);
    objects = [];
    for (const raw of Object.values(existingClusters)) objects.push(...objectsOf((await run(raw)).stack));
  });

  it("is tested with every kind of object that a component makes", () => {
    const made = readdirSync(components, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => {
        const text = readFileSync(join(components, file), "utf8");
        const classes = text.matchAll(
          /import \{ (\w+)[^}]*\} from "@pulumi\/kubernetes\/[^"]+\/v\w+\/\w+\.js"/g,
        );
        const custom = text.matchAll(/apiVersion(?:: "[^"]+")?,\s*kind: "(\w+)",\s*metadata/g);
        return [...classes, ...custom].map(([, kind]) => kind!.replace(/Patch$/, ""));
      })
      .filter((kind) => kind !== "Release");
    assert.ok(new Set(made).size > 25, [...new Set(made)].join(", "));
    assert.deepEqual(
      [...new Set(made)].filter((kind) => !objects.some((o) => kindOf(o) === kind)).sort(),
      [],
    );
  });

  it("is decided for every object, with a reason", () => {
    assert.deepEqual(
      objects
        .filter((object) => !isPatch(object))
        .map((object) => [kindOf(object), object.inputs["metadata"].name as string] as const)
        .filter(([kind, name]) => decisionOf(kind, name) === undefined),
      [],
    );
    for (const { kind, reason } of decisions) assert.match(reason, /^[a-zA-Z].{15,}[^.]$/, kind);
  });

  it("has no decision that is never asked for", () => {
    const used = new Set(objects.map((object) => decisionOf(kindOf(object), object.inputs["metadata"].name)));
    assert.deepEqual(
      decisions.filter((decision) => !used.has(decision)),
      [],
    );
  });

  it("forces what is decided to be taken over and nothing else, whatever else annotates an object", () => {
    for (const object of objects) {
      const { name } = object.inputs["metadata"] as { name: string };
      const expected = isPatch(object) || decisionOf(kindOf(object), name)!.takenOver;
      assert.equal(isForced(object), expected, `${kindOf(object)} ${name}`);
    }
    const issuer = objects.find((object) => object.inputs["metadata"].name === "letsencrypt-prod")!;
    assert.deepEqual(issuer.inputs["metadata"].annotations, {
      "pulumi.com/waitFor": "condition=Ready",
      "pulumi.com/timeoutSeconds": "600",
      "pulumi.com/patchForce": "true",
    });
  });

  it("never forces a Secret that guards data, nor what signs", () => {
    const kept = objects.filter((object) => !isForced(object));
    assert.deepEqual(
      [...new Set(kept.map((object) => `${kindOf(object)} ${object.inputs["metadata"].name}`))]
        .map((title) => title.replace(/-[0-9a-f]{8}$/, ""))
        .filter((title, index, all) => all.indexOf(title) === index)
        .sort(),
      [
        "Certificate internal-ca",
        "CertificateRequest ca-certificate-of-internal-ca",
        "ClusterIssuer internal-ca",
        "Secret harbor-credentials-database",
        "Secret harbor-credentials-secret-key",
        "Secret sealed-secrets-key-first",
        "Secret velero-repo-credentials",
      ],
    );
  });

  it("is not done by the provider as a whole, whatever the environment asks for", async () => {
    process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"] = "true";
    try {
      const { stack } = await run(existingClusters["musashi"]);
      const { inputs } = stack.one("pulumi:providers:kubernetes", "cluster");
      assert.equal(inputs["enablePatchForce"], "false");
    } finally {
      delete process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"];
    }
  });

  it("is the same with unknown values, so that the plan shows it", async () => {
    const forced = async (preview: boolean) =>
      objectsOf((await run(existingClusters["musashi"], { preview })).stack)
        .filter(isForced)
        .map(({ name }) => name)
        .sort();
    assert.deepEqual(await forced(true), await forced(false));
  });

  it("does not happen on a new cluster, but by patches of what is always somebody else's", async () => {
    const raw = rawSettings({ set: { "network.isolated": ["shop"] } });
    const forced = objectsOf((await run(raw)).stack).filter(isForced);
    assert.ok(forced.length > 3);
    assert.deepEqual(
      forced.filter((object) => !isPatch(object)).map(({ name }) => name),
      [],
    );
  });
});
