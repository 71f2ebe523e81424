import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { tls } from "../../../../cli/plan/providers/tls.js";
import type { ApiRequest } from "../../../../cli/verify/cluster/api.js";
import type { Finding } from "../../../../cli/verify/claim.js";
import {
  differingKeys,
  flagValue,
  sealingClaims,
  sealingKeysFinding,
} from "../../../../cli/verify/claims/sealing.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { seal } from "../../../../cli/verify/checks/secrets/seal.js";
import { keyPair, type TestPair } from "../../../components/secrets/keyPairs.js";
import { binaries } from "./lab.js";

const certificateType = "tls:index/selfSignedCert:SelfSignedCert";
const older = keyPair("2026-01-01T00:00:00Z");
const newer = keyPair("2026-02-01T00:00:00Z");
const foreign = keyPair("2026-03-01T00:00:00Z");
const certificate = ({ certificate }: TestPair) => new X509Certificate(certificate);
const fingerprint = (pair: TestPair) => `SHA-256 ${certificate(pair).fingerprint256.slice(0, 23)}…`;

const keySecret = (name: string, pair: TestPair) => ({
  metadata: { name, namespace: "kube-system" },
  data: { "tls.crt": btoa(pair.certificate), "tls.key": btoa(pair.privateKey) },
});

/** A cluster that answers these paths and has nothing else. */
function cluster(answers: Record<string, unknown>, further: Partial<Target> = {}): Target {
  const request = ({ path }: ApiRequest) => {
    const found = Object.entries(answers).find(([start]) => path.split("?")[0] === start);
    return Promise.resolve({
      status: found ? 200 : 404,
      body: JSON.stringify(found?.[1] ?? {}),
      auditId: undefined,
    });
  };
  const target = { api: { server: new URL("https://lab"), request }, recorded: new Set(), ...further };
  return target as unknown as Target;
}
const [held, renewal, unsealing] = sealingClaims.map(({ check }) => check) as ((
  target: Target,
) => Promise<Finding>)[];
const secrets = "/api/v1/namespaces/kube-system/secrets";

describe("the sealing keys of a cluster", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  const cases: [string, ReturnType<typeof keySecret>[], TestPair[], Finding["status"], RegExp][] = [
    [
      "all held",
      [keySecret("b", newer), keySecret("a", older)],
      [older, newer],
      "proved",
      /^all 2 active keys are in the state: kube-system\/a, kube-system\/b$/,
    ],
    [
      "the one held",
      [keySecret("a", older)],
      [older],
      "proved",
      /^the one active key is in the state: kube-system\/a$/,
    ],
    [
      "none",
      [],
      [older],
      "failed",
      /^kube-system has no active sealing key; a controller that starts there makes one/,
    ],
    [
      "one not held",
      [keySecret("a", older), keySecret("x", foreign)],
      [older],
      "failed",
      new RegExp(`^kube-system/x \\(${fingerprint(foreign)}\\) is not in the state: .*secrets.sealingKeys`),
    ],
    ["nothing held", [keySecret("a", older)], [], "failed", /^kube-system\/a .* is not in the state/],
    [
      "a held one missing",
      [keySecret("a", older)],
      [older, newer],
      "failed",
      new RegExp(`^the state's key ${fingerprint(newer)} is not active in kube-system`),
    ],
    [
      "a wrong private key",
      [keySecret("a", { ...older, privateKey: newer.privateKey })],
      [older],
      "failed",
      /^kube-system\/a is no sealing key and is used as one: its private key does not belong to its certificate; the state's key/,
    ],
    [
      "no RSA key",
      [keySecret("a", older), keySecret("e", { ...newer, privateKey: ec as string })],
      [older],
      "failed",
      /^kube-system\/e is no sealing key and is used as one: it holds no RSA key/,
    ],
    [
      "no key at all",
      [keySecret("a", older), { metadata: { name: "n", namespace: "kube-system" }, data: {} as never }],
      [older],
      "failed",
      /^kube-system\/n is no sealing key and is used as one: it holds no RSA key/,
    ],
  ];
  for (const [name, inCluster, inState, status, evidence] of cases) {
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
    },
  });
  const cases: [string[], Finding["status"], RegExp][] = [
    [["--key-renew-period", "0"], "proved", /--key-renew-period 0$/],
    [["--key-renew-period=0s"], "proved", /--key-renew-period 0s$/],
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

describe("sealing", () => {
  const secret = { name: "backstage-db", namespace: "backstage", values: { A: "plain-a", B: "" } };

  it("hides every value and keeps names, keys and the strict scope", async () => {
    const text = await seal(binaries("kubeseal"), newer.certificate, secret);
    const { metadata, spec } = parse(text);
    assert.deepEqual(metadata, { name: "backstage-db", namespace: "backstage" });
    assert.deepEqual(Object.keys(spec.encryptedData), ["A", "B"]);
    assert.ok(!text.includes("plain-a") && !text.includes(btoa("plain-a")));
  });

  it("says why kubeseal does not", async () => {
    await assert.rejects(seal(binaries("kubeseal"), "nonsense", secret), /^Error: kubeseal failed: error: /);
    await assert.rejects(seal("/nowhere/kubeseal", newer.certificate, secret), {
      name: "NoKubeseal",
      message: "/nowhere/kubeseal was not found",
    });
  });

  it("is not believed when values are left in plain", async () => {
    await inFolder(async (folder) => {
      const kubeseal = join(folder, "kubeseal");
      writeFileSync(kubeseal, "#!/bin/sh\nexec cat\n");
      chmodSync(kubeseal, 0o755);
      const target = cluster({}, { kubeseal, sealingCertificates: [newer.certificate] });
      target.scratch = { namespace: () => Promise.resolve("scratch") } as Target["scratch"];
      assert.deepEqual(await unsealing!(target), {
        status: "failed",
        evidence:
          "kubeseal left POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD, BACKEND_SECRET in plain",
      });
    });
  });

  it("compares by key and names no value", () => {
    assert.deepEqual(differingKeys({ a: "1", b: "2", c: "3" }, { a: "1", b: "x", d: "" }), ["b", "c", "d"]);
  });

  it("works as docs/seal-a-secret.md says, word for word", async () => {
    await inFolder((folder) => {
      const guide = readFileSync(new URL("../../../../docs/seal-a-secret.md", import.meta.url), "utf8");
      const step = /## 3\. Seal them[^]+?```sh\n([^]+?)```/.exec(guide)![1]!;
      const values = /```properties\n([^]+?)```/.exec(guide)![1]!;
      const programs = join(folder, "bin");
      const checkout = join(folder, "checkout");
      for (const each of [programs, checkout, join(folder, "backstage-gitops/base")]) {
        mkdirSync(each, { recursive: true });
      }
      for (const program of ["kubectl", "kubeseal"]) symlinkSync(binaries(program), join(programs, program));
      writeFileSync(join(checkout, "sealing.pem"), newer.certificate);
      writeFileSync(join(checkout, "backstage-db.env"), values);
      execFileSync("bash", ["-euo", "pipefail", "-c", step], {
        cwd: checkout,
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: `${programs}:${process.env["PATH"]}`, HOME: folder },
      });
      const sealed = parse(readFileSync(join(folder, "backstage-gitops/base/sealed-secret.yaml"), "utf8"));
      assert.deepEqual(Object.keys(sealed.spec.encryptedData).sort(), [
        "BACKEND_SECRET",
        "POSTGRES_HOST",
        "POSTGRES_PASSWORD",
        "POSTGRES_PORT",
        "POSTGRES_USER",
      ]);
      return Promise.resolve();
    });
  });
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sealing-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
