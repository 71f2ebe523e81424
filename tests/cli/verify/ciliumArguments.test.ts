import { type Case, claims, daemonSets } from "./addonClaims.js";
import { enforcedEvidence, enforcing, watchingEvidence } from "./ciliumAnswers.js";
import { workload } from "./fakeTarget.js";

const given = "cilium-config with arguments and variables of DaemonSet cilium";

claims("Network isolation", "Cilium enforces", [
  ...(
    [
      [
        "its own",
        {
          args: ["--config-dir=/tmp/cilium/config-map"],
          env: [{ name: "CILIUM_K8S_NAMESPACE", value: "x" }],
        },
      ],
      ["an argument", { args: ["--policy-audit-mode"] }, "policy-audit-mode true, though"],
      ["a variable", { env: [{ name: "CILIUM_ENABLE_POLICY", value: "never" }] }, "enable-policy never"],
      [
        "an argument before a variable",
        { args: ["--enable-policy=never"], env: [{ name: "CILIUM_ENABLE_POLICY", value: "always" }] },
        "enable-policy never",
      ],
    ] as [string, object, string?][]
  ).map(([how, container, problem]): Case => [
    `its agents are given ${how}`,
    { ...enforcing, [`${daemonSets("kube-system")}/cilium`]: workload("cilium", 2, 2, [container]) },
    problem === undefined ? "proved" : "failed",
    problem === undefined
      ? enforcedEvidence
      : problem.endsWith("though")
        ? watchingEvidence("though the settings say network.enforcement enforce").replace(
            "cilium-config",
            given,
          )
        : `${given} has ${problem}`,
  ]),
]);
