import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { kubectlWith } from "../../../../cli/lab/kubectl.js";
import { binaries } from "../sealed-secrets/lab.js";
import { demandAnswer, FaultLab } from "./faults.js";
import type { LabAnswer } from "./labTask.js";
import { EngineRecorder, recordProcesses, type Sighting } from "./recording.js";
import { describeKills } from "./kills.js";
import { SecretSearch } from "./secretSearch.js";

/** A value as people choose it, with what formats may escape. */
const chosen = (): string => `${randomBytes(12).toString("hex")}"<&>'$ %`;
const registry = { adminPassword: chosen(), databasePassword: chosen() };
/** What a user may have in the shell. */
const passphrase = randomBytes(24).toString("hex");

const searchFor = ({ values, published }: LabAnswer, more: Record<string, string> = {}): SecretSearch =>
  new SecretSearch({ ...values, ...registry, ...more }, published);

describe("a lab that things go wrong in", function () {
  this.timeout(600_000);
  const lab = new FaultLab({ name: `faults-${process.pid}`, registry, charts: process.env["CHARTS"] });
  const { root } = lab.paths;

  after(() => lab.stop());

  it("starts anew where it was killed before there was a cluster, with the same key", async () => {
    assert.deepEqual(await lab.killedAtStart("done", 1), []);
  });

  describe("an up that nothing disturbs", () => {
    const folder = mkdtempSync(join(tmpdir(), "faults-"));
    const temporary = mkdtempSync(join(tmpdir(), "faults-"));
    const events = join(folder, "events");
    const recorder = new EngineRecorder(folder, binaries("pulumi"));
    let answer: LabAnswer;
    let output: string;
    let seen: Sighting[];
    let search: SecretSearch;
    const env = {
      PATH: [recorder.bin, process.env["PATH"]].join(delimiter),
      TMPDIR: temporary,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
    };
    const namesIn = (planted: SecretSearch, name: string) => [
      ...new Set(planted.below(join(root, name)).map((place) => place.replace(/ in .*/, ""))),
    ];

    before(async () => {
      let stop: Promise<() => Promise<Sighting[]>> | undefined;
      const onStart = (pid: number) => {
        stop = recordProcesses(pid, join(root, "scratch/helm"));
      };
      ({ answer, output } = await lab.up({ env, onStart, events }));
      seen = await (await stop!)();
      const enginesOwn = readFileSync(join(lab.paths.state, "passphrase"), "utf8");
      search = searchFor(answer, { "the user's passphrase": passphrase, "the lab's passphrase": enginesOwn });
    });
    after(() => {
      rmSync(folder, { recursive: true });
      rmSync(temporary, { recursive: true });
    });

    it("draws and takes secrets of every sort", () => {
      const names = Object.keys(answer.values!).join("\n");
      for (const sort of [
        / result$/m,
        / bcryptHash$/m,
        /^encryption key 0$/m,
        / privateKeyPem$/m,
        /^dns-api-token-.* value$/m,
        / key$/m,
      ])
        assert.match(names, sort);
    });

    it("leaves them in no file but the node's own, which only its owner can read", () => {
      const places = search.below(root);
      const fileOf = (place: string) => place.split(" in ").at(-1)!;
      const own = (file: string) => answer.nodeFiles!.includes(file.replace(/^node/, ""));
      const expected = (file: string) => file === "state/passphrase" || own(file);
      assert.deepEqual(
        places.filter((place) => !expected(fileOf(place))),
        [],
      );
      const files = [...new Set(places.map(fileOf))];
      assert.ok(
        files.some((file) => /^node\/etc\/kubernetes\/enc\/.*\.yaml$/.test(file)),
        "it finds the one that is there",
      );
      for (const file of files) assert.equal(statSync(join(root, file)).mode & 0o077, 0, file);
      assert.deepEqual(search.below(temporary), []);
    });

    it("looks at the state with its backups, at logs, at the audit log and at etcd for that", () => {
      const state = "state/backend/.pulumi";
      for (const part of [
        ...[`${state}/stacks/cluster-security/lab.json`, `${state}/stacks/cluster-security/lab.json.bak`],
        ...[`${state}/backups/cluster-security/lab`, `${state}/history/cluster-security/lab`],
        ...["logs/kube-apiserver.log", "logs/etcd.log", "logs/kwok.log"],
        ...["node/var/log/kubernetes/audit/audit.log", "node/var/lib/etcd/member/snap/db"],
      ])
        assert.ok(existsSync(join(root, part)), part);
    });

    it("leaves nothing next to the state that is not written in one step, and half of it would keep from reading", () => {
      const files = readdirSync(join(lab.paths.state, "backend"), { recursive: true }) as string[];
      assert.ok(files.some((file) => file.endsWith("lab.json")));
      assert.deepEqual(
        files.filter((file) => file.endsWith(".attrs")),
        [],
      );
    });

    it("puts them into etcd encrypted, and into no line of the audit log", async () => {
      const name = `planted-${randomBytes(8).toString("hex")}`;
      const value = randomBytes(16).toString("hex");
      const sealed = randomBytes(16).toString("hex");
      const metadata = { name, namespace: "default" };
      const objects = [
        { apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } },
        { apiVersion: "v1", kind: "Secret", metadata, stringData: { sealed } },
      ];
      const kubectl = kubectlWith(binaries("kubectl"), lab.paths.kubeconfig);
      for (const object of objects) await kubectl(["create", "-f", "-"], { input: JSON.stringify(object) });
      const planted = new SecretSearch({ name, value, sealed });
      const etcd = namesIn(planted, "node/var/lib/etcd");
      const audit = namesIn(planted, "node/var/log/kubernetes/audit");
      for (const kind of ["configmap", "secret"])
        await kubectl(["delete", kind, name, "--namespace=default"]);
      assert.deepEqual(etcd, ["name", "value"]);
      assert.deepEqual(audit, ["name"]);
    });

    it("prints none of them, and nor does the engine", () => {
      const calls = recorder.read();
      const [open, closed] = [true, false].map((shown) =>
        calls.filter(({ command }) => command.includes("--show-secrets") === shown),
      );
      // What the lab asks for with secrets it reads itself.
      assert.ok(
        open!.some(({ printed }) => search.in(printed).length > 10),
        "it finds those that are there",
      );
      const up = closed!.find(({ command }) => command.startsWith("up "));
      assert.match(up!.printed, /harbor/);
      assert.match(up!.printed, /result +: \[secret\]/);
      for (const { command, printed } of closed!) assert.deepEqual(search.in(printed), [], command);
      assert.deepEqual(search.in(output), []);
    });

    it("hands none of them to a program in its arguments or its environment, nor to helm in a file", () => {
      const programs = [...new Set(seen.map(({ owner }) => owner))];
      for (const program of ["pulumi", "kubectl"]) assert.ok(programs.includes(program), program);
      if (lab.options.charts) assert.ok(seen.some(({ place }) => place === "file"));
      const holders = seen.filter(({ text }) => search.in(text).length > 0);
      // It is given the environment of the user's shell, and so are the compiler's processes that it starts with.
      const others = holders.filter(({ owner }) => !owner.endsWith("(root)") && owner !== "esbuild");
      assert.ok(others.length < holders.length, "it finds the one that is there");
      assert.deepEqual(
        others.map(({ place, owner, text }) => `${place} of ${owner}: ${search.in(text).join()}`),
        [],
      );
      const variable = /(^|\0)PULUMI_CONFIG_PASSPHRASE=/;
      const named = seen.filter(({ place, text }) => place === "environment" && variable.test(text));
      assert.deepEqual(
        [...new Set(named.map(({ owner }) => owner))].filter((owner) => !/root|esbuild/.test(owner)),
        [],
      );
    });

    it("gives none of them to a release as a value", () => {
      const releases = Object.entries(answer.releases!);
      assert.ok(releases.length >= 5, "there are releases");
      for (const [name, values] of releases) assert.deepEqual(search.in(values), [], name);
    });

    it("has the engine tell none of them in its events, but for those that only --debug shows", () => {
      const told = readFileSync(events, "utf8");
      assert.match(told, /"resourcePreEvent".*"\[secret\]"/);
      assert.deepEqual(search.in(told), []);
    });

    it("shows none of them in an id or a URN", () => {
      const shown = lab.pulumi("stack", "--show-ids", "--show-urns");
      assert.match(shown, /\bID: none\b/);
      assert.deepEqual(search.in(shown), []);
    });

    it("has them in the audit log where the page's level was asked for, and its owner alone can read that", async () => {
      const audit = "node/var/log/kubernetes/audit";
      const result = await lab.run({
        begin: "open",
        secretsLevel: "RequestResponse",
        // A refresh reads every Secret.
        steps: ["up", "node", "refresh", "values"],
      });
      const { values, published, nodeFiles } = demandAnswer(result);
      const places = searchFor({ ...answer, values, published }).below(root);
      const files = [...new Set(places.map((place) => place.split(" in ").at(-1)!))];
      const isNodeFile = (file: string) => nodeFiles!.includes(file.replace(/^node/, ""));
      assert.deepEqual(
        files.filter((file) => !isNodeFile(file)),
        [`${audit}/audit.log`],
      );
      const found = places.filter((place) => place.endsWith(`${audit}/audit.log`));
      assert.ok(found.length > 10, found.join("\n"));
      for (const [path, mode] of [
        [audit, 0o700],
        [`${audit}/audit.log`, 0o600],
      ] as const)
        assert.equal(statSync(join(root, path)).mode & 0o777, mode, path);
    });

    it("prints none of them while it is destroyed", async () => {
      await lab.destroy({ env, events });
      const calls = recorder.read().filter(({ command }) => !command.includes("--show-secrets"));
      const destroy = calls.find(({ command }) => command.startsWith("destroy "));
      assert.match(destroy!.printed, /control-plane-encryption-key1/);
      for (const { command, printed } of calls) assert.deepEqual(search.in(printed), [], command);
      assert.deepEqual(search.in(readFileSync(events, "utf8")), []);
    });
  });

  describeKills(lab);
});
