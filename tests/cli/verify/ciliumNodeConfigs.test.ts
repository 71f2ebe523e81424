import { claims, type Case } from "./addonClaims.js";
import { agents, changed, config, march, olderThan } from "./ciliumAnswers.js";
import { named, type Answer } from "./fakeTarget.js";
import { http, l7, policies, proxy, replacement, wireGuard } from "./pairs/networkIsolation.js";

const february = "2026-02-01T00:00:00Z";
const nodes = {
  "/api/v1/nodes": ["n0", "n1"].map((name, index) => ({
    metadata: { name, labels: { number: `${index}` } },
  })),
};
/** CiliumNodeConfigs by name; each changes settings of the nodes that it selects. */
const overrides = (
  of: Record<string, [defaults: object, nodeSelector?: object]>,
  namespace = "kube-system",
): Record<string, Answer> => ({
  "/apis/cilium.io/v2/ciliumnodeconfigs": Object.entries(of).map(([name, [defaults, nodeSelector]]) => ({
    ...named(name, { spec: { defaults, nodeSelector } }),
    metadata: { name, namespace, creationTimestamp: "2026-01-01T00:00:00Z" },
  })),
});
const second = { matchLabels: { number: "1" } };
const onSecond = "cilium-config with CiliumNodeConfig a on n1 has";

/** A setting, the claim that is proved with the ConfigMap alone, and what is said of a node with another value. */
const settings: [key: string, value: string, claim: string, answers: Record<string, Answer>, says: string][] =
  [
    [
      "policy-audit-mode",
      "true",
      "Cilium enforces",
      { ...changed({}), ...agents(2, march) },
      `${onSecond} policy-audit-mode true, though the settings say network.enforcement enforce: no network policy is ` +
        "enforced there, Cilium only reports what it would drop",
    ],
    [
      "enable-policy",
      "never",
      "Cilium enforces",
      { ...changed({}), ...agents(2, march) },
      `${onSecond} enable-policy never`,
    ],
    [
      "enable-wireguard",
      "false",
      "Traffic between nodes",
      wireGuard("k"),
      "cilium-config with CiliumNodeConfig a on n1 has WireGuard off",
    ],
    [
      "enable-l7-proxy",
      "false",
      "CiliumNetworkPolicy extends",
      { ...config(l7), ...policies(http, "True") },
      `${onSecond} enable-l7-proxy false, not true`,
    ],
    [
      "kube-proxy-replacement",
      "true",
      "The standard kube-proxy",
      { ...config(replacement), ...proxy(2) },
      `${onSecond} kube-proxy-replacement true, not false`,
    ],
  ];
for (const [key, value, claim, answers, says] of settings) {
  const options = { settings: { "network.encryption": "wireguard" } };
  const there = { ...answers, ...nodes };
  const changing = { [key]: value };
  const cases: Case[] = [
    [`${key}: there is no CiliumNodeConfig`, { ...there, ...overrides({}) }, "proved", /(?:)/, options],
    [
      `${key}: one changes it on a node`,
      { ...there, ...overrides({ a: [changing, second] }) },
      "failed",
      says,
      options,
    ],
    [
      `${key}: one selects no node`,
      { ...there, ...overrides({ a: [changing, { matchLabels: { number: "2" } }] }) },
      "proved",
      /(?:)/,
      options,
    ],
  ];
  claims("Network isolation", claim, cases);
}

const l7Off = { "enable-l7-proxy": "false" };
const with7 = (of: Record<string, Answer>) => ({ ...config(l7), ...policies(http, "True"), ...nodes, ...of });
const failsOn = (places: string) =>
  `cilium-config with CiliumNodeConfig a on ${places} has enable-l7-proxy false, not true`;
const expression = (operator: string, ...values: string[]) => ({
  matchExpressions: [{ key: "number", operator, ...(values.length > 0 && { values }) }],
});
claims("Network isolation", "CiliumNetworkPolicy extends", [
  ...(
    [
      ["by an empty selector", {}, "n0, n1"],
      ["by In", expression("In", "0", "2"), "n0"],
      ["by NotIn", expression("NotIn", "0"), "n1"],
      ["by Exists", expression("Exists"), "n0, n1"],
      ["by both kinds of terms", { ...expression("Exists"), matchLabels: { number: "0" } }, "n0"],
    ] as const
  ).map(([name, selector, places]): Case => [
    `it selects ${name}`,
    with7(overrides({ a: [l7Off, selector] })),
    "failed",
    failsOn(places),
  ]),
  [
    "it selects by DoesNotExist",
    with7(overrides({ a: [l7Off, expression("DoesNotExist")] })),
    "proved",
    /^enable-l7-proxy true; /,
  ],
  ["it has no selector", with7(overrides({ a: [l7Off] })), "proved", /^enable-l7-proxy true; /],
  [
    "it is in another namespace",
    with7(overrides({ a: [l7Off, {}] }, "apps")),
    "proved",
    /^enable-l7-proxy true; /,
  ],
  [
    "the last by name counts",
    with7(overrides({ b: [l7, {}], a: [l7Off, {}] })),
    "proved",
    /^enable-l7-proxy true; /,
  ],
  [
    "the last by name turns it off",
    with7(overrides({ b: [l7Off, second], a: [l7, {}] })),
    "failed",
    "cilium-config with CiliumNodeConfig a, b on n1 has enable-l7-proxy false, not true",
  ],
  [
    "the ConfigMap lacks it, and every node has it from elsewhere",
    { ...with7(overrides({ a: [l7, {}] })), ...config({}) },
    "proved",
    /^enable-l7-proxy true; /,
  ],
  [
    "no node is there yet",
    { ...with7(overrides({ a: [l7Off, {}] })), "/api/v1/nodes": [] },
    "failed",
    failsOn("any node"),
  ],
]);

const written = {
  metadata: { name: "a", namespace: "kube-system", creationTimestamp: "2026-03-02T00:00:00Z" },
};
claims("Network isolation", "Cilium enforces", [
  [
    "an agent started before a CiliumNodeConfig was made",
    {
      ...changed({}, february),
      ...agents(2, march),
      ...nodes,
      "/apis/cilium.io/v2/ciliumnodeconfigs": [{ ...written, spec: { defaults: {}, nodeSelector: {} } }],
    },
    "unchecked",
    olderThan("kube-system/cilium-x"),
  ],
  [
    "modes differ by node",
    {
      ...changed({}),
      ...agents(2, march),
      ...nodes,
      ...overrides({ a: [{ "enable-policy": "always" }, second] }),
    },
    "proved",
    /^enable-policy default and always, cilium 2\/2 ready/,
  ],
  [
    "audit mode is written another way",
    { ...changed({ "policy-audit-mode": "True" }), ...agents(2, march) },
    "failed",
    /^cilium-config has policy-audit-mode True, /,
  ],
  [
    "enforcement is off in capitals",
    { ...changed({ "enable-policy": "Never" }), ...agents(2, march) },
    "failed",
    "cilium-config has enable-policy never",
  ],
]);
