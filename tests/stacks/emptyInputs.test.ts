import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { clusterSecurity } from "../../stacks/clusterSecurity.js";
import { parseSettings, settingsOf } from "../../stacks/settings/index.js";
import { capture } from "../kit/capture.js";
import { fixtures, rawSettings } from "./settings/fixtures.js";
import { answers } from "./answers.js";

/** Where an empty map says something: all pods, all endpoints, a certificate signed by itself. */
const meaningful =
  /^(NetworkPolicy\.spec\.podSelector|CiliumNetworkPolicy\.spec\.endpointSelector|ClusterIssuer\.spec\.selfSigned)$/;

/** Paths of the empty maps and lists in a value. */
function emptyIn(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  if (entries.length === 0) return [path];
  return entries.flatMap(([key, inner]) =>
    emptyIn(inner, Array.isArray(value) ? `${path}[]` : `${path}.${key}`),
  );
}

const rawOf = (stack: string): unknown =>
  settingsOf(
    (
      parse(readFileSync(new URL(`../../Pulumi.${stack}.yaml`, import.meta.url), "utf8")) as {
        config: Record<string, unknown>;
      }
    ).config,
  );

// What the API server drops, the Kubernetes provider finds missing and sends again, in every run.
describe("the inputs of every resource", () => {
  const programs: [name: string, raw: unknown][] = [
    ...fixtures("accepted").map((fixture): [string, unknown] => [fixture.name, rawSettings(fixture)]),
    ["without waiting", rawSettings({ set: { "certificates.waitSeconds": 0 } })],
    ...["musashi", "lab"].map((stack): [string, unknown] => [`the stack ${stack}`, rawOf(stack)]),
  ];
  for (const [name, raw] of programs) {
    it(`hold no empty map or list without a meaning: ${name}`, async () => {
      const { settings } = parseSettings(raw, "test");
      const { resources } = await capture(() => clusterSecurity(settings), answers);
      const found = resources
        .filter(({ custom }) => custom)
        .flatMap(({ type, inputs }) => emptyIn(inputs, type.split(":").at(-1)!));
      assert.deepEqual(
        [...new Set(found)].filter((path) => !meaningful.test(path)),
        [],
      );
    });
  }
});
