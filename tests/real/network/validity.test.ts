import assert from "node:assert/strict";
import fc from "fast-check";
import { ciliumDefinitions } from "../../../cli/lab/apply/definitions.js";
import { schemaFailures } from "../../../cli/plan/providers/schema.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";
import { ciliumNetworkPolicy } from "../../../cli/plan/providers/kubernetes/own/ciliumNetworkPolicy.js";
import {
  ciliumPolicy,
  isCilium,
  policiesIn,
  publishedPolicy,
  reasonsOf,
  settingsIn,
  titleOf,
} from "./policies.js";

const enforced = { enforcement: "enforce", allowUnenforced: false };
const stacks: [string, () => ReturnType<typeof settingsIn>][] = [
  ["musashi in audit mode", () => settingsIn("musashi")],
  ["musashi, enforced", () => settingsIn("musashi", enforced)],
  ["musashi with NodeLocal DNSCache", () => settingsIn("musashi", { ...enforced, nodeLocalDns: true })],
  [
    "musashi with DNS servers outside the cluster",
    () => settingsIn("musashi", { ...enforced, dns: { addresses: ["198.51.100.53"] } }),
  ],
  ["the lab", () => settingsIn("lab")],
];

describe("Cilium's own code", () => {
  let program: string;
  before(async function () {
    program = await ciliumPolicy(this);
  });

  for (const [name, settings] of stacks) {
    it(`takes every policy of ${name}`, async () => {
      const policies = (await policiesIn(settings())).filter(isCilium);
      assert.ok(policies.length > 15, `only ${policies.length} policies`);
      const reasons = reasonsOf(program, policies);
      assert.deepEqual(
        policies.map((policy, index) => `${titleOf(policy)}: ${reasons[index]}`),
        policies.map((policy) => `${titleOf(policy)}: `),
      );
    });
  }

  it("takes what comes of any flows", async () => {
    const port = fc.integer({ min: 1, max: 65535 });
    const host = fc.constantFrom("ghcr.io", "*.example.com", "a-b.c*.example.com", "docker.io");
    const flow = fc.oneof(
      port.map((podPort) => ({ flow: `nodes -> shop:${podPort}`, podPort })),
      port.map((podPort) => ({
        flow: `till -> shop:${podPort}`,
        podPort,
        podLabels: { "app.kubernetes.io/name": "web" },
        http: [{ methods: ["GET", "POST"], path: "/(cart|pay)/[0-9]+" }],
      })),
      host.map((name) => `shop -> internet: ${name}`),
      fc.constant({ flow: "shop -> kube-apiserver", serviceAccount: "shop" }),
      port.map((number) => `shop -> nodes:${number}`),
      port.map((podPort) => ({
        flow: `198.51.100.0/24 -> shop:${podPort}`,
        podPort,
        http: [{ methods: ["GET"], path: "/" }],
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(flow, { minLength: 1, maxLength: 6 }), async (flows) => {
        const policies = (await policiesIn(settingsIn("lab", { isolated: ["shop"], flows }))).filter(
          (policy) => isCilium(policy) && policy["metadata"].namespace === "shop",
        );
        if (policies.length === 0) return;
        assert.deepEqual([...new Set(reasonsOf(program, policies))], [""]);
      }),
      { numRuns: 12 },
    );
  });

  const policy = (spec: object | undefined, kind = "CiliumNetworkPolicy") => ({
    apiVersion: "cilium.io/v2",
    kind,
    metadata: { name: "a", ...(kind === "CiliumNetworkPolicy" ? { namespace: "b" } : {}) },
    ...(spec ? { spec } : {}),
  });
  const all = { endpointSelector: {} };
  const world = [{ toEntities: ["world"] }];
  const toPort = (rules: object) => [
    { fromEntities: ["host"], toPorts: [{ ports: [{ port: "80", protocol: "TCP" }], rules }] },
  ];
  const alone = (word: string) =>
    `${word}Deny alone: enableDefaultDeny.${word} becomes true, and everything else is denied too`;
  const invalid = "Invalid CiliumNetworkPolicy spec: ";
  const refused: Record<string, [object, string | RegExp]> = {
    "empty lists": [
      policy({ ...all, ingress: [], egress: [] }),
      `${invalid}rule must have at least one of Ingress, IngressDeny, Egress, EgressDeny`,
    ],
    "egressDeny alone": [policy({ ...all, egressDeny: world }), alone("egress")],
    "ingressDeny alone": [policy({ ...all, ingressDeny: [{ fromEntities: ["world"] }] }), alone("ingress")],
    "egressDeny alone, for the whole cluster": [
      policy({ ...all, egressDeny: world }, "CiliumClusterwideNetworkPolicy"),
      alone("egress"),
    ],
    "egressDeny alone, where only the other direction is settled": [
      policy({ ...all, egressDeny: world, enableDefaultDeny: { ingress: false } }),
      alone("egress"),
    ],
    "no rule at all": [policy(undefined), "Invalid CiliumNetworkPolicy spec(s): empty policy"],
    "no selector": [
      policy({ egress: world }),
      `${invalid}rule must have one of EndpointSelector or NodeSelector`,
    ],
    "two kinds of peers in one rule": [
      policy({ ...all, egress: [{ ...world[0], toFQDNs: [{ matchName: "a.b" }] }] }),
      /combining To(Entities and ToFQDNs|FQDNs and ToEntities) is not supported yet/,
    ],
    "an entity that does not exist": [
      policy({ ...all, egress: [{ toEntities: ["apiserver"] }] }),
      `${invalid}unsupported entity: apiserver`,
    ],
    "a path that is no regular expression": [
      policy({ ...all, ingress: toPort({ http: [{ path: "/(" }] }) }),
      /error parsing regexp: missing closing \)/,
    ],
    "DNS rules on the way in": [
      policy({ ...all, ingress: toPort({ dns: [{ matchPattern: "*" }] }) }),
      /DNS (rules are not allowed on ingress|is not supported on ingress yet)/,
    ],
    "a kind of somebody else": [
      policy({}, "NetworkPolicy"),
      '"NetworkPolicy" is no kind of policy that Cilium defines',
    ],
  };
  for (const [name, [object, reason]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => {
      const [found] = reasonsOf(program, [object]);
      if (typeof reason === "string") assert.equal(found, reason);
      else assert.match(found!, reason);
    });
  }

  it("takes egressDeny alone where the policy says what becomes of the rest", () => {
    for (const egress of [true, false])
      assert.deepEqual(
        reasonsOf(program, [policy({ ...all, egressDeny: world, enableDefaultDeny: { egress } })]),
        [""],
      );
  });

  it("judges each policy by itself, and ends with 2 for what is no list", () => {
    const good = policy({ ...all, egress: world });
    assert.deepEqual(reasonsOf(program, [good, policy({ ...all }), good]).map(Boolean), [false, true, false]);
    assert.throws(() => reasonsOf(program, { length: 1 } as unknown as object[]), { status: 2 });
  });

  it("has definitions of both kinds, with schemas that know every field that is used", async () => {
    const definitions = ciliumDefinitions(program)
      .split(/^---$/m)
      .filter((text) => text.trim())
      .map((text) => JSON.parse(text) as Values);
    assert.deepEqual(
      definitions.map(({ spec }) => spec.names.kind as string),
      ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"],
    );
    const [{ spec }] = definitions as [Values];
    await assertFits(spec.versions[0].schema.openAPIV3Schema as Values);
  });
});

describe("the published definition of CiliumNetworkPolicy", () => {
  it("fits every policy, and none with a misspelt field", async function () {
    await assertFits(publishedPolicy(this)["spec"].versions[0].schema.openAPIV3Schema as Values);
  });

  it("agrees with the schema that a plan uses where no definition is at hand", async () => {
    for (const [, settings] of stacks) {
      for (const object of (await policiesIn(settings())).filter(isCilium)) {
        const { success, error } = ciliumNetworkPolicy.safeParse(object);
        assert.ok(success, `${titleOf(object)}: ${error?.message}`);
      }
    }
  });
});

/** Strictly, so that a property which the schema does not know is a failure, as it is to the API server. */
async function assertFits(schema: Values): Promise<void> {
  const failures = (object: Values): string[] =>
    // The API server itself checks what every object has.
    schemaFailures({ ...schema, properties: { ...schema["properties"], metadata: {} } }, object, {
      strict: true,
    }).map(({ property, reason }) => `${titleOf(object)}: ${property} ${reason}`);
  for (const [, settings] of stacks) {
    const policies = (await policiesIn(settings())).filter(isCilium);
    assert.deepEqual(policies.flatMap(failures), []);
    for (const field of [
      "toEntities",
      "fromEntities",
      "toFQDNs",
      "matchLabels",
      "toPorts",
      "endpointSelector",
    ]) {
      const used = policies.find((policy) => JSON.stringify(policy).includes(`"${field}"`))!;
      const misspelt = JSON.parse(JSON.stringify(used).replace(`"${field}"`, `"${field}s"`)) as Values;
      assert.match(failures(misspelt).join("\n"), new RegExp(`${field}s? is (no known property|required)`));
    }
  }
}
