import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { tls } from "../../../../cli/plan/providers/tls.js";
import type { Finding } from "../../../../cli/verify/claim.js";
import { sealingKeysFinding } from "../../../../cli/verify/claims/sealing.js";
import { flagValue } from "../../../../cli/verify/checks/secrets/renewal.js";
import type { TestPair } from "../../../components/secrets/keyPairs.js";
import {
  older,
  newer,
  foreign,
  certificate,
  keySecret,
  cluster,
  secrets,
  held,
  renewal,
} from "./givenCluster.js";

const certificateType = "tls:index/selfSignedCert:SelfSignedCert";
const fingerprint = (pair: TestPair) => `SHA-256 ${certificate(pair).fingerprint256.slice(0, 23)}…`;

describe("the sealing keys of a cluster", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  const cases: Record<string, [ReturnType<typeof keySecret>[], TestPair[], Finding["status"], RegExp]> = {
    "all held": [
      [keySecret("b", newer), keySecret("a", older)],
      [older, newer],
      "proved",
      /^all 2 active keys are in the state: kube-system\/a, kube-system\/b$/,
    ],
    "the one held": [
      [keySecret("a", older)],
      [older],
      "proved",
      /^the one active key is in the state: kube-system\/a$/,
    ],
    none: [
      [],
      [older],
      "failed",
      /^kube-system has no active sealing key; a controller that starts there makes one/,
    ],
    "one not held": [
      [keySecret("a", older), keySecret("x", foreign)],
      [older],
      "failed",
      new RegExp(`^kube-system/x \\(${fingerprint(foreign)}\\) is not in the state: .*secrets.sealingKeys`),
    ],
    "nothing held": [[keySecret("a", older)], [], "failed", /^kube-system\/a .* is not in the state/],
    "a held one missing": [
      [keySecret("a", older)],
      [older, newer],
      "failed",
      new RegExp(`^the state's key ${fingerprint(newer)} is not active in kube-system`),
    ],
    "a wrong private key": [
      [keySecret("a", { ...older, privateKey: newer.privateKey })],
      [older],
      "failed",
      /^kube-system\/a is no sealing key and is used as one: its private key does not belong to its certificate; the state's key/,
    ],
    "no RSA key": [
      [keySecret("a", older), keySecret("e", { ...newer, privateKey: ec as string })],
      [older],
      "failed",
      /^kube-system\/e is no sealing key and is used as one: it holds no RSA key/,
    ],
    "no key at all": [
      [keySecret("a", older), { metadata: { name: "n", namespace: "kube-system" }, data: {} as never }],
      [older],
      "failed",
      /^kube-system\/n is no sealing key and is used as one: it holds no RSA key/,
    ],
  };
  for (const [name, [inCluster, inState, status, evidence]] of Object.entries(cases)) {
    it(`${name}: ${status}`, () => {
      const finding = sealingKeysFinding(inCluster, inState.map(certificate));
      assert.equal(finding.status, status, finding.evidence);
      assert.match(finding.evidence, evidence);
      for (const { privateKey } of [older, newer, foreign]) {
        assert.ok(!finding.evidence.includes(privateKey.split("\n")[5]!));
      }
    });
  }

  it("counts a renewed certificate of a held key as held", async () => {
    const inputs = { privateKeyPem: older.privateKey, validityPeriodHours: 1, allowedUses: [] };
    const context = { urn: "", type: certificateType, name: "renewed" };
    const { outputs } = await tls.kind(certificateType)!.create(inputs, context);
    const renewed = { ...older, certificate: outputs!["certPem"] as string };
    assert.notEqual(fingerprint(renewed), fingerprint(older));
    assert.equal(sealingKeysFinding([keySecret("a", renewed)], [certificate(older)]).status, "proved");
  });

  it("includes the one whose name alone makes the controller use it", async () => {
    const listed = { items: [keySecret("a", older)], metadata: {} };
    const answers = {
      [secrets]: listed,
      [`${secrets}/sealed-secrets-key`]: keySecret("sealed-secrets-key", foreign),
    };
    const finding = await held!(cluster(answers, { sealingCertificates: [older.certificate] }));
    assert.equal(finding.status, "failed");
    assert.match(finding.evidence, /^kube-system\/sealed-secrets-key \(/);
    const known = { sealingCertificates: [`${older.certificate}${foreign.certificate}`] };
    assert.equal((await held!(cluster(answers, known))).status, "proved", "several certificates in one text");
  });
});

describe("the controller's flag --key-renew-period", () => {
  const deployment = (args: string[]) => ({
    "/apis/apps/v1/namespaces/kube-system/deployments/sealed-secrets-controller": {
      spec: { template: { spec: { containers: [{ name: "controller", args }] } } },
      status: { readyReplicas: 1 },
    },
    "/apis/apps/v1/namespaces/kube-system/replicasets": {
      items: [
        {
          metadata: {
            name: "sealed-secrets-controller-1",
            creationTimestamp: "2026-01-01T00:00:00Z",
            ownerReferences: [{ kind: "Deployment", name: "sealed-secrets-controller" }],
          },
          status: { replicas: 1 },
        },
      ],
      metadata: {},
    },
    [secrets]: { items: [], metadata: {} },
  });
  const cases: [string[], Finding["status"], RegExp][] = [
    [["--key-renew-period", "0"], "proved", /--key-renew-period 0; it runs so since /],
    [["--key-renew-period=0s"], "proved", /--key-renew-period 0s; it runs so since /],
    [["--key-renew-period=720h"], "failed", /^the controller makes a new key every 720h, which/],
    [["--key-renew-period", "0", "--key-renew-period=1h"], "failed", /every 1h/],
    [[], "failed", /every 720h \(--key-renew-period is not set\)/],
  ];
  for (const [args, status, evidence] of cases) {
    it(`${args.join(" ") || "none"}: ${status}`, async () => {
      const finding = await renewal!(cluster(deployment(args)));
      assert.equal(finding.status, status);
      assert.match(finding.evidence, evidence);
    });
  }

  it("is found as an argument of its own and after an equals sign", () => {
    assert.equal(flagValue(["--b=1", "--b-more=2"], "--b"), "1");
    assert.equal(flagValue(["--b"], "--b"), undefined);
  });
});
