import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { stopLab } from "../../../../cli/lab/cluster/labControlPlane.js";
import { seal } from "../../../../cli/verify/checks/secrets/seal.js";
import { certificateInUse } from "./controller.js";
import { applySealed, unsealed } from "./gitOps.js";
import { binaries, needUserNamespaces } from "./lab.js";
import { needlesBelow, watchProcesses, type Seen } from "./needles.js";
import { random, needles, backstage, newer, ours, configMap, eventually, SealingLab } from "./sealingLab.js";
import { describeNewCluster } from "./newCluster.js";

describe("Sealed Secrets in the lab", function () {
  this.timeout(180_000);
  const lab = new SealingLab();
  let stopWatching: (() => Promise<Seen>) | undefined;

  before(async function () {
    needUserNamespaces(this);
    stopWatching = await watchProcesses(needles);
  });
  after(async () => {
    await stopWatching?.();
    for (const name of ["one", "two"]) await stopLab(`${lab.suite}-${name}`, { removeFiles: true });
  });

  describe("in a cluster", () => {
    before(async () => {
      await lab.newCluster("one", ["first"]);
      assert.match(await lab.start(), /^open-schema definition/);
    });

    it("unseals backstage-db, sealed with the stack's certificate and no access to the cluster", async () => {
      assert.equal(await certificateInUse(lab.controller), lab.certificates[0]);
      lab.git["backstage-db"] = await seal(binaries("kubeseal"), lab.certificates[0]!, backstage);
      await applySealed(lab.kubectl, lab.git["backstage-db"], "backstage");
      await lab.assertUnsealed(backstage);
    });

    it("does that as its own ServiceAccount", () => {
      const { serviceAccount, namespace, source } = lab.controller;
      assert.match(source, /^stand-in for the chart/);
      const users = readFileSync(join(lab.plane.paths.node, "var/log/kubernetes/audit/audit.log"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { verb: string; user: { username: string }; objectRef?: any })
        .filter(({ verb, objectRef }) => verb === "create" && objectRef?.resource === "secrets")
        .filter(({ objectRef }) => objectRef.namespace === "backstage")
        .map(({ user }) => user.username);
      assert.deepEqual([...new Set(users)], [`system:serviceaccount:${namespace}:${serviceAccount}`]);
    });

    it("keeps its token in a mount namespace of its own, and nowhere else", () => {
      const proc = `/proc/${lab.pid()}`;
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
      assert.deepEqual(needlesBelow(lab.plane.paths.root, { token, signature: token.split(".")[2]! }), []);
    });

    it("does not open a copy under another name", async () => {
      await applySealed(
        lab.kubectl,
        lab.git["backstage-db"]!.replaceAll("backstage-db", "copied-db"),
        "backstage",
      );
      await assert.rejects(unsealed(lab.kubectl, { name: "copied-db", namespace: "backstage" }, 2), {
        message: /^copied-db is not unsealed: no key could decrypt secret \(/,
      });
      await lab.kubectl(["delete", "sealedsecret/copied-db", "--namespace", "backstage"]);
    });

    it("seals with a newer key as soon as it is there, without a restart", async () => {
      const before = lab.pid();
      const [old] = lab.certificates;
      await lab.up(["first", "second"]);
      assert.equal(lab.certificates[0], old);
      const [first, second] = lab.certificates.map((text) => Date.parse(new X509Certificate(text).validFrom));
      assert.ok(first! < second!);
      await eventually(async () => assert.equal(await certificateInUse(lab.controller), lab.certificates[1]));
      assert.equal(lab.pid(), before);
    });

    it("goes on when the API server crashes, and unseals what either key sealed", async () => {
      const before = lab.pid();
      const { processes } = lab.plane.paths;
      const server = JSON.parse(readFileSync(join(processes, "kube-apiserver.json"), "utf8")) as {
        pid: number;
      };
      process.kill(server.pid, "SIGKILL");
      await lab.plane.restart("kube-apiserver");

      lab.git[newer.name] = await seal(binaries("kubeseal"), lab.certificates[1]!, newer);
      await applySealed(lab.kubectl, lab.git[newer.name]!, "backstage");
      await lab.assertUnsealed(newer);
      // A changed SealedSecret is decrypted anew.
      const changed = lab.git["backstage-db"]!.replace(
        "    metadata:\n",
        '    metadata:\n      labels: {again: "yes"}\n',
      );
      await applySealed(lab.kubectl, changed, "backstage");
      await lab.assertUnsealed(backstage);
      const label = ["get", "secret/backstage-db", "-n", "backstage", "-o=jsonpath={.metadata.labels.again}"];
      assert.equal(await lab.kubectl(label), "yes");
      assert.equal(lab.pid(), before);
    });

    it("passes verify with the certificates of the state", async () => {
      const { held, renewal, probe, every } = await lab.verify(lab.certificates);
      assert.deepEqual(held, {
        status: "proved",
        evidence: `all 2 active keys are in the state: ${ours.map((name) => `kube-system/${name}`).join(", ")}`,
      });
      assert.equal(probe.status, "proved", probe.evidence);
      assert.match(
        probe.evidence,
        /^sealed for SHA-256 ([0-9A-F]{2}:){7}[0-9A-F]{2}…, unsealed with all 5 values as they were, under stand-in rights: those of ServiceAccount kube-system\/sealed-secrets-stand-in, not the chart's$/,
      );
      const second = new X509Certificate(lab.certificates[1]!).fingerprint256;
      assert.ok(probe.evidence.includes(second.slice(0, 23)), "with the newest one");
      assert.equal(every.status, "proved", every.evidence);
      assert.deepEqual(renewal, {
        status: "failed",
        evidence: "there is no Deployment kube-system/sealed-secrets-controller",
      });
    });

    it("fails verify on an active key that the state does not hold", async () => {
      const { held } = await lab.verify([lab.certificates[0]!]);
      assert.equal(held.status, "failed");
      assert.match(
        held.evidence,
        /^kube-system\/sealed-secrets-key-second \(SHA-256 .{23}…\) is not in the state:/,
      );
      assert.doesNotMatch(held.evidence, /key-first/);
    });

    it("leaves verify unchecked where certificates, kubeseal or the controller are not to be had", async () => {
      const recorded = new Set(["sealed-secrets"] as const);
      const blind = await lab.verify(undefined, { recorded });
      for (const finding of [blind.held, blind.probe]) {
        assert.equal(finding.status, "unchecked");
        assert.match(finding.evidence, /--sealing-certificates FILE/);
      }
      assert.equal(blind.renewal.status, "unchecked");
      const bare = await lab.verify(lab.certificates, { kubeseal: "/nowhere/kubeseal" });
      assert.equal(bare.probe.status, "unchecked");
      assert.match(bare.probe.evidence, /^\/nowhere\/kubeseal was not found; install it/);
      const refused = await lab.verify(lab.certificates, { controllerProblem: "because" });
      assert.deepEqual(refused.probe, { status: "unchecked", evidence: "no controller runs: because" });
    });

    it("leaves no value and no private key in any file of the lab, etcd's included", async () => {
      const marker = random();
      await lab.apply(configMap("marker", marker));
      const found = needlesBelow(join(lab.plane.paths.node, "var/lib/etcd"), { marker });
      assert.match(found.join(), /^marker in member\//, "the search finds what is stored in plain");
      assert.deepEqual(needlesBelow(lab.plane.paths.root, needles), []);
      assert.deepEqual(needlesBelow(lab.plane.paths.root, await lab.privateKeys()), []);
    });
  });

  describeNewCluster(lab);

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
});
