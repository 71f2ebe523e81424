import assert from "node:assert/strict";
import { randomBytes, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stopLab, type ControlPlane } from "../../../../cli/lab/cluster/controlPlane.js";
import {
  certificateInUse,
  kubectlOf,
  processName,
  startController,
  stopController,
  type RunningController,
} from "../../../../cli/lab/sealedSecrets/controller.js";
import type { Kubectl } from "../../../../cli/lab/sealedSecrets/installation.js";
import { startSealedSecrets } from "../../../../cli/lab/sealedSecrets/sealedSecrets.js";
import type { Finding } from "../../../../cli/verify/claim.js";
import { differingKeys, sealingClaims } from "../../../../cli/verify/claims/sealing.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { secretsInGit } from "../../../../cli/verify/claims/secretsInGit.js";
import { seal } from "../../../../cli/verify/checks/secrets/seal.js";
import { readSettings } from "../../../../cli/verify/settings.js";
import { openTarget } from "../../../../cli/verify/cluster/target.js";
import { chartArchive, helm } from "./chart.js";
import { applySealed, unsealed } from "./gitOps.js";
import { binaries, crds, needUserNamespaces, startControlPlane } from "./lab.js";
import { needlesBelow, watchProcesses, type Needles, type Seen } from "./needles.js";
import { SealingState } from "./sealingState.js";

const random = () => randomBytes(12).toString("hex");
const needles: Needles = {
  POSTGRES_HOST: random(),
  POSTGRES_USER: random(),
  POSTGRES_PASSWORD: random(),
  BACKEND_SECRET: random(),
  TOKEN: random(),
};
const backstage = {
  name: "backstage-db",
  namespace: "backstage",
  values: {
    POSTGRES_HOST: `${needles["POSTGRES_HOST"]}.postgres.svc.cluster.local`,
    POSTGRES_PORT: "5432",
    POSTGRES_USER: needles["POSTGRES_USER"]!,
    POSTGRES_PASSWORD: ` "ü' $(${needles["POSTGRES_PASSWORD"]})\n=\\`,
    BACKEND_SECRET: needles["BACKEND_SECRET"]!,
  } as Record<string, string>,
};
const newer = { name: "backstage-token", namespace: "backstage", values: { TOKEN: needles["TOKEN"]! } };

const everySealedSecret = secretsInGit.claims.find(({ claim }) => claim.startsWith("Every SealedSecret"))!;
const keyLabel = "sealedsecrets.bitnami.com/sealed-secrets-key";
const apply = ["apply", "--server-side", "--field-manager=test", "--filename", "-"];
const ours = ["sealed-secrets-key-first", "sealed-secrets-key-second"];

describe("Sealed Secrets in the lab", function () {
  this.timeout(180_000);
  const suite = `sealing-${process.pid}`;
  const state = new SealingState();
  /** What Git has of them. */
  const git: Record<string, string> = {};
  let plane: ControlPlane;
  let kubectl: Kubectl;
  let controller: RunningController;
  let certificates: string[];
  let stopWatching: (() => Promise<Seen>) | undefined;

  /** Brings the key pairs of the state into the cluster, as `pulumi up` does. */
  async function up(keys: string[]): Promise<void> {
    const { secrets, certificates: all } = await state.up(keys);
    certificates = all;
    for (const secret of secrets) kubectl(apply, JSON.stringify(secret));
  }
  async function newCluster(name: string, keys: string[]): Promise<void> {
    plane = await startControlPlane(`${suite}-${name}`);
    kubectl = kubectlOf(plane, binaries);
    await up(keys);
  }
  /** Starts the controller and tells which definition the cluster has. */
  async function start(folder?: string): Promise<string> {
    const started = await startSealedSecrets(plane, binaries, { crds: folder });
    assert.ok("controller" in started);
    controller = started.controller;
    return started.definition;
  }
  const pid = () =>
    (JSON.parse(readFileSync(join(plane.paths.processes, `${processName}.json`), "utf8")) as { pid: number })
      .pid;
  const activeKeys = () =>
    kubectl(["get", "secret", "-n", "kube-system", "-l", `${keyLabel}=active`, "-o", "name"])
      .trim()
      .split("\n")
      .map((name) => name.replace("secret/", ""));
  const assertUnsealed = (secret: { name: string; namespace: string; values: Record<string, string> }) =>
    assert.deepEqual(differingKeys(secret.values, unsealed(kubectl, secret)), [], secret.name);
  /** What verify says about this cluster, claim by claim. */
  async function verify(sealingCertificates?: string[], further: Partial<Target> = {}) {
    const { kubeconfig } = plane.paths;
    const target: Target = {
      ...(await openTarget({ settings: readSettings("musashi"), kubeconfig })),
      sealingCertificates,
      kubeseal: binaries("kubeseal"),
      standInRights: `ServiceAccount ${controller.standIn!.namespace}/${controller.standIn!.name}`,
      ...further,
    };
    try {
      const findings: Finding[] = [];
      for (const { check } of [...sealingClaims, everySealedSecret]) findings.push(await check(target));
      const [held, renewal, probe, every] = findings;
      return { held: held!, renewal: renewal!, probe: probe!, every: every! };
    } finally {
      await target.scratch.remove();
    }
  }

  before(async function () {
    needUserNamespaces(this);
    stopWatching = await watchProcesses(needles);
  });
  after(async () => {
    await stopWatching?.();
    for (const name of ["one", "two"]) await stopLab(`${suite}-${name}`, { removeFiles: true });
  });

  describe("in a cluster", () => {
    before(async () => {
      await newCluster("one", ["first"]);
      assert.match(await start(), /^open-schema definition/);
    });

    it("unseals backstage-db, sealed with the stack's certificate and no access to the cluster", async () => {
      assert.equal(await certificateInUse(controller), certificates[0]);
      git["backstage-db"] = await seal(binaries("kubeseal"), certificates[0]!, backstage);
      applySealed(kubectl, git["backstage-db"], "backstage");
      assertUnsealed(backstage);
    });

    it("does that as its own ServiceAccount", () => {
      const { serviceAccount, namespace, source } = controller;
      assert.match(source, /^stand-in for the chart/);
      const users = readFileSync(join(plane.paths.node, "var/log/kubernetes/audit/audit.log"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { verb: string; user: { username: string }; objectRef?: any })
        .filter(({ verb, objectRef }) => verb === "create" && objectRef?.resource === "secrets")
        .filter(({ objectRef }) => objectRef.namespace === "backstage")
        .map(({ user }) => user.username);
      assert.deepEqual([...new Set(users)], [`system:serviceaccount:${namespace}:${serviceAccount}`]);
    });

    it("keeps its token in a mount namespace of its own, and nowhere else", () => {
      const proc = `/proc/${pid()}`;
      const folder = `${proc}/root/run/secrets/kubernetes.io/serviceaccount`;
      for (const file of ["token", "ca.crt", "namespace"]) {
        assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
      }
      const mounted = /^tmpfs \/run tmpfs .*size=1024k/m;
      assert.match(readFileSync(`${proc}/mounts`, "utf8"), mounted);
      assert.doesNotMatch(readFileSync("/proc/self/mounts", "utf8"), mounted);
      const token = readFileSync(join(folder, "token"), "utf8");
      assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
      for (const file of ["cmdline", "environ"]) {
        assert.ok(!readFileSync(`${proc}/${file}`, "utf8").includes(token), file);
      }
      assert.deepEqual(needlesBelow(plane.paths.root, { token, signature: token.split(".")[2]! }), []);
    });

    it("does not open a copy under another name", () => {
      applySealed(kubectl, git["backstage-db"]!.replaceAll("backstage-db", "copied-db"), "backstage");
      assert.throws(() => unsealed(kubectl, { name: "copied-db", namespace: "backstage" }, 2), {
        message: /^copied-db is not unsealed: no key could decrypt secret \(/,
      });
      kubectl(["delete", "sealedsecret/copied-db", "--namespace", "backstage"]);
    });

    it("seals with a newer key as soon as it is there, without a restart", async () => {
      const before = pid();
      const [old] = certificates;
      await up(["first", "second"]);
      assert.equal(certificates[0], old);
      const [first, second] = certificates.map((text) => Date.parse(new X509Certificate(text).validFrom));
      assert.ok(first! < second!);
      await eventually(async () => assert.equal(await certificateInUse(controller), certificates[1]));
      assert.equal(pid(), before);
    });

    it("goes on when the API server crashes, and unseals what either key sealed", async () => {
      const before = pid();
      const { processes } = plane.paths;
      const server = JSON.parse(readFileSync(join(processes, "kube-apiserver.json"), "utf8")) as {
        pid: number;
      };
      process.kill(server.pid, "SIGKILL");
      await plane.restart("kube-apiserver");

      git[newer.name] = await seal(binaries("kubeseal"), certificates[1]!, newer);
      applySealed(kubectl, git[newer.name]!, "backstage");
      assertUnsealed(newer);
      // A changed SealedSecret is decrypted anew.
      const changed = git["backstage-db"]!.replace(
        "    metadata:\n",
        '    metadata:\n      labels: {again: "yes"}\n',
      );
      applySealed(kubectl, changed, "backstage");
      assertUnsealed(backstage);
      const label = ["get", "secret/backstage-db", "-n", "backstage", "-o=jsonpath={.metadata.labels.again}"];
      assert.equal(kubectl(label), "yes");
      assert.equal(pid(), before);
    });

    it("passes verify with the certificates of the state", async () => {
      const { held, renewal, probe, every } = await verify(certificates);
      assert.deepEqual(held, {
        status: "proved",
        evidence: `all 2 active keys are in the state: ${ours.map((name) => `kube-system/${name}`).join(", ")}`,
      });
      assert.equal(probe.status, "proved", probe.evidence);
      assert.match(
        probe.evidence,
        /^sealed for SHA-256 ([0-9A-F]{2}:){7}[0-9A-F]{2}…, unsealed with all 5 values as they were, under stand-in rights: those of ServiceAccount kube-system\/sealed-secrets-stand-in, not the chart's$/,
      );
      const second = new X509Certificate(certificates[1]!).fingerprint256;
      assert.ok(probe.evidence.includes(second.slice(0, 23)), "with the newest one");
      assert.equal(every.status, "proved", every.evidence);
      assert.deepEqual(renewal, {
        status: "failed",
        evidence: "there is no Deployment kube-system/sealed-secrets-controller",
      });
    });

    it("fails verify on an active key that the state does not hold", async () => {
      const { held } = await verify([certificates[0]!]);
      assert.equal(held.status, "failed");
      assert.match(
        held.evidence,
        /^kube-system\/sealed-secrets-key-second \(SHA-256 .{23}…\) is not in the state:/,
      );
      assert.doesNotMatch(held.evidence, /key-first/);
    });

    it("leaves verify unchecked where certificates, kubeseal or the controller are not to be had", async () => {
      const recorded = new Set(["sealed-secrets"] as const);
      const blind = await verify(undefined, { recorded });
      for (const finding of [blind.held, blind.probe]) {
        assert.equal(finding.status, "unchecked");
        assert.match(finding.evidence, /--sealing-certificates FILE/);
      }
      assert.equal(blind.renewal.status, "unchecked");
      const bare = await verify(certificates, { kubeseal: "/nowhere/kubeseal" });
      assert.equal(bare.probe.status, "unchecked");
      assert.match(bare.probe.evidence, /^\/nowhere\/kubeseal was not found; install it/);
      const refused = await verify(certificates, { controllerProblem: "because" });
      assert.deepEqual(refused.probe, { status: "unchecked", evidence: "no controller runs: because" });
    });

    it("leaves no value and no private key in any file of the lab, etcd's included", async () => {
      const marker = random();
      kubectl(apply, JSON.stringify(configMap("marker", marker)));
      const found = needlesBelow(join(plane.paths.node, "var/lib/etcd"), { marker });
      assert.match(found.join(), /^marker in member\//, "the search finds what is stored in plain");
      assert.deepEqual(needlesBelow(plane.paths.root, needles), []);
      assert.deepEqual(needlesBelow(plane.paths.root, await privateKeys()), []);
    });
  });

  describe("in a new cluster, after the first one is lost with its files", () => {
    let chart: string | undefined;
    before(async () => {
      await stopLab(`${suite}-one`, { removeFiles: true });
      await newCluster("two", ["first", "second"]);
      chart = chartArchive();
      if (chart) helm("install", "sealed-secrets", chart, "--kubeconfig", plane.paths.kubeconfig);
      await start(crds);
      assert.match(controller.source, chart ? /^chart sealed-secrets-\d/ : /^stand-in for the chart/);
    });

    it("unseals the same texts from Git", async () => {
      for (const text of Object.values(git)) applySealed(kubectl, text, "backstage");
      assertUnsealed(backstage);
      assertUnsealed(newer);
      assert.equal(await certificateInUse(controller), certificates[1]);
      assert.deepEqual(activeKeys(), ours);
      const findings = await verify(certificates);
      assert.equal(findings.renewal.status, chart ? "proved" : "failed", findings.renewal.evidence);
      for (const { status, evidence } of [findings.held, findings.probe, findings.every]) {
        assert.equal(status, "proved", evidence);
      }
    });

    it("makes a key of its own when it starts and finds none, whatever its flags say, and verify fails", async () => {
      await stopController(plane);
      kubectl(["delete", "secret", "-n", "kube-system", "-l", keyLabel]);
      controller = await startController(plane, binaries);
      assert.ok(controller.flags.join(" ").includes("--key-renew-period 0"));
      const [own, ...others] = activeKeys();
      assert.deepEqual(others, []);
      assert.match(own!, /^sealed-secrets-key[a-z0-9]+$/);
      const made = await certificateInUse(controller);
      assert.ok(!certificates.includes(made));
      // It tries each a few times, and must not do so with a key that comes meanwhile.
      await eventually(() => {
        for (const name of Object.keys(git))
          assert.match(logOf(plane), new RegExp(`giving up" key=backstage/${name} `));
      });

      // Its own starts later than ours, so it goes on sealing with it.
      await up(["first", "second"]);
      await eventually(() =>
        assert.match(logOf(plane), /registered private key" secretname=sealed-secrets-key-second/),
      );
      assert.equal(await certificateInUse(controller), made);
      const { held, every } = await verify(certificates);
      assert.equal(held.status, "failed");
      assert.match(held.evidence, new RegExp(`^kube-system/${own} .* is not in the state`));
      // It tries a SealedSecret again only when that is changed, or when it starts.
      assert.equal(every.status, "failed");
      assert.match(every.evidence, /backstage\/backstage-db .*no key could decrypt secret/);

      kubectl(["delete", `secret/${own}`, "-n", "kube-system"]);
      controller = await startController(plane, binaries);
      assert.equal(await certificateInUse(controller), certificates[1]);
      assert.equal((await verify(certificates)).held.status, "proved");
      await eventually(async () => assert.equal((await verify(certificates)).every.status, "proved"));
    });

    it("ends when a Secret without a key is labelled as one, and verify says which", async () => {
      const label = { [keyLabel]: "active" };
      const metadata = { name: "no-key", namespace: "kube-system", labels: label };
      const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "kubernetes.io/tls" };
      kubectl(apply, JSON.stringify({ ...secret, stringData: { "tls.crt": "", "tls.key": "" } }));
      await assert.rejects(startController(plane, binaries), {
        message:
          /^sealed-secrets-controller ended before it was ready\. The end of its log:\n[^]*index out of range/,
      });
      const { held } = await verify(certificates, { controllerProblem: "it ended" });
      assert.equal(held.status, "failed");
      assert.match(
        held.evidence,
        /^kube-system\/no-key is no sealing key and is used as one: it holds no RSA key/,
      );
    });
  });

  describe("all the while", () => {
    it("had no value in the arguments or the environment of any process of this machine", async () => {
      const seen = await stopWatching!();
      stopWatching = undefined;
      for (const program of ["kubeseal", "kubectl", "sealed-secrets-controller", "kube-apiserver"]) {
        assert.ok(seen.programs.includes(program), `${program} was seen`);
      }
      assert.deepEqual(seen.found, []);
    });
  });

  /** One line from the middle of each private key. */
  async function privateKeys(): Promise<Needles> {
    const { secrets } = await state.up(["first", "second"]);
    return Object.fromEntries(
      secrets.map(({ metadata, stringData }) => [
        metadata.name as string,
        (stringData["tls.key"] as string).split("\n")[20]!,
      ]),
    );
  }
});

const logOf = (plane: ControlPlane) => readFileSync(join(plane.paths.logs, `${processName}.log`), "utf8");

const configMap = (name: string, value: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});

/** Tries until it does not throw, for at most 20 s. */
async function eventually(attempt: () => unknown): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(200);
    }
  }
}
