import { claims, simulated, type Case } from "./addonClaims.js";
import { keySecret, renewing, sealingKey, sealingKeys } from "./pairs/secretsInGit.js";

const { data } = await sealingKey("one");
const told = "Deployment kube-system/sealed-secrets-controller: --key-renew-period";
claims("Secrets in Git", "The controller makes no further key", [
  [
    "it does not",
    renewing("0"),
    "proved",
    `${told} 0; it runs so since 2026-02-01T00:00:00.000Z, and has made no key since`,
  ],
  [
    "it does, whatever it is told",
    renewing("0", "2026-02-02T00:00:00Z"),
    "failed",
    `${told} 0 since 2026-02-01T00:00:00.000Z, and yet it has made kube-system/sealed-secrets-keyxb2m since`,
  ],
  ...(
    [
      ["somebody has put a saved key back", { writer: "kubectl-client-side-apply" }],
      ["a key was put back with its old marks", { written: "2026-01-02T00:00:00Z" }],
      [
        "a rollback has put its ReplicaSet back",
        { annotations: { "deployment.kubernetes.io/revision-history": "1" } },
      ],
    ] as const
  ).map(([name, more]): Case => [
    name,
    renewing("0", "2026-02-02T00:00:00Z", 1, more),
    "unchecked",
    `${told} 0, but there are further keys since 2026-02-01T00:00:00.000Z, and that it made them as it runs now is ` +
      "not known: kube-system/sealed-secrets-keyxb2m",
  ]),
  [
    "it makes the first one",
    { ...renewing("0"), [sealingKeys]: [keySecret(data)] },
    "proved",
    /has made no key since$/,
  ],
  [
    "it has no pod",
    renewing("0", undefined, 0),
    "failed",
    `${told} 0; but Deployment kube-system/sealed-secrets-controller has 0 of 1 pods ready`,
  ],
  [
    "it is not known since when it runs",
    { ...renewing("0"), "/apis/apps/v1/namespaces/kube-system/replicasets": [] },
    "unchecked",
    /since when it runs so is not known: kubectl -n kube-system get replicasets/,
  ],
  ["its pod is simulated", renewing("0"), "unchecked", /and nobody reads it: no pod/, simulated],
]);

claims("Secrets in Git", "The cluster holds a private key", [
  [
    "there is one",
    { [sealingKeys]: [keySecret(data)] },
    "proved",
    "active, each an RSA key with its certificate: kube-system/sealed-secrets-key-a",
  ],
  [
    "the Secret is empty",
    { [sealingKeys]: [keySecret({})] },
    "failed",
    /^kube-system\/sealed-secrets-key-a is no sealing key and is used as one: it holds no RSA key and certificate, /,
  ],
  [
    "the key is another's",
    { [sealingKeys]: [keySecret({ ...data, "tls.key": (await sealingKey("other")).data["tls.key"] })] },
    "failed",
    /: its private key does not belong to its certificate$/,
  ],
  [
    "there is none",
    { [sealingKeys]: [] },
    "failed",
    "no Secret is labelled sealedsecrets.bitnami.com/sealed-secrets-key=active",
  ],
]);
