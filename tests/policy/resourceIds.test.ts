import assert from "node:assert/strict";
import { checkId } from "../../policy/rules/resourceIds.js";

const generator = (name: string) =>
  `the id of a ${name} may be its value, and ids are never secret (https://github.com/pulumi/pulumi-random/issues/190); ` +
  "only a RandomPassword is allowed, whose id says nothing. For bytes, use secretBytes (components/common/secretBytes.ts).";
const part = (path: string) =>
  `${path} is secret and becomes part of the resource's id, which is never secret; only a plain value is allowed. ` +
  "Give it a name that is no secret.";

describe("policy: no secret in an id", () => {
  const release = "kubernetes:helm.sh/v3:Release";
  const object = "kubernetes:core/v1:ConfigMap";
  const bucket = "oci:ObjectStorage/bucket:Bucket";
  const cases: [type: string, secretInputs: string[], expected: string[]][] = [
    ...[
      "RandomBytes",
      "RandomId",
      "RandomString",
      "RandomUuid",
      "RandomPet",
      "RandomInteger",
      "RandomShuffle",
    ].map((name): [string, string[], string[]] => [
      `random:index/${name[0]!.toLowerCase()}${name.slice(1)}:${name}`,
      [],
      [generator(name)],
    ]),
    ["random:index/randomPassword:RandomPassword", ["keepers.a"], []],
    [object, ["metadata.name"], [part("metadata.name")]],
    [object, ["metadata.namespace", "data"], [part("metadata.namespace")]],
    [object, ["metadata"], [part("metadata")]],
    [object, ["data.name", "metadata.annotations.a"], []],
    [release, ["name", "values"], [part("name")]],
    [bucket, ["namespace", "name", "freeformTags"], [part("namespace"), part("name")]],
    ["tls:index/privateKey:PrivateKey", ["name"], []],
  ];
  for (const [type, secretInputs, expected] of cases) {
    it(`${expected.length > 0 ? "refuses" : "passes"} ${type} with ${secretInputs.join(" and ") || "no secret"}`, () =>
      assert.deepEqual(checkId(type, secretInputs), expected));
  }
});
