import assert from "node:assert/strict";
import { collisions } from "../../../cli/plan/collisions.js";
import { objectKey, objectKeys } from "../../../cli/plan/objects.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";

describe("the name of an object", () => {
  const cases: Record<string, [object: Values, expected: string | undefined]> = {
    "its kind, group, namespace and name": [
      { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "a", namespace: "n" } },
      "NetworkPolicy.networking.k8s.io n/a",
    ],
    "without a group, where it is of the core": [
      { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } },
      "Secret home/a",
    ],
    "without a namespace, where its kind has none": [
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "a" } },
      "ClusterRole.rbac.authorization.k8s.io a",
    ],
    "the same in every version of its API": [
      { apiVersion: "cert-manager.io/v2", kind: "ClusterIssuer", metadata: { name: "a" } },
      "ClusterIssuer.cert-manager.io a",
    ],
    "unknown without a name": [
      { apiVersion: "v1", kind: "Pod", metadata: { generateName: "a-" } },
      undefined,
    ],
    "unknown without a kind": [{ metadata: { name: "a" } }, undefined],
  };
  for (const [what, [object, expected]] of Object.entries(cases)) {
    it(`is ${what}`, () => assert.equal(objectKey(object, "home"), expected));
  }

  it("is found once among manifests, those of lists and empty documents as well", () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } };
    const list = {
      apiVersion: "v1",
      kind: "SecretList",
      items: [secret, { ...secret, metadata: { name: "b" } }],
    };
    assert.deepEqual(objectKeys([null, list, secret], "n"), ["Secret n/a", "Secret n/b"]);
  });
});

describe("an object that two make", () => {
  const maker = (name: string, ...objects: string[]) => ({ urn: `urn of ${name}`, name, objects });
  const violation = (urn: string, message: string) => ({
    policy: "one-maker-per-object",
    urn,
    message: `${message}; only one may make it. Turn it off in the chart's values, or take it out of the program.`,
  });

  it("is refused, each one and at the second maker, be it a resource or a release", () => {
    assert.deepEqual(
      collisions([
        maker("policy", "NetworkPolicy n/a"),
        maker("the release n/x", "NetworkPolicy n/a", "Service n/a"),
        maker("the release n/y", "Service n/a", "Service n/b"),
      ]),
      [
        violation("urn of the release n/x", "NetworkPolicy n/a is made by policy and by the release n/x"),
        violation("urn of the release n/y", "Service n/a is made by the release n/x and by the release n/y"),
      ],
    );
  });

  it("is no other one of its name", () => {
    assert.deepEqual(collisions([maker("a", "Secret n/a", "Secret m/a"), maker("b", "ConfigMap n/a")]), []);
  });
});
