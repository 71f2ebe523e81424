import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sampleName } from "../../../../components/backups/restoreSampleNames.js";
import { answerOf, until } from "../../../../cli/kit/until.js";
import { binaries } from "../../lab/sealed-secrets/lab.js";
import { TestNode, type Run } from "../node.js";
import { pushed, startPushgateway, type Server } from "../servers.js";
import { fillSample, type NodeAgentStandIn } from "./nodeAgent.js";
import { VeleroWorld } from "./world.js";
import { home, restored, schedule, program } from "./drillProgram.js";

describe("the restore drill with Velero's server", function () {
  this.timeout(180_000);
  let world: VeleroWorld;
  let agent: NodeAgentStandIn;
  let pushgateway: Server;
  let node: TestNode;

  before(async function () {
    this.timeout(300_000);
    world = await VeleroWorld.start(`drill-${process.pid}`, schedule!);
    agent = world.agent;
    mkdirSync(agent.folder(home));
    fillSample(agent.folder(home));
    await world.apply(await program());
    await kubectl("rollout", "status", `deployment/${sampleName}`, `--namespace=${home}`);

    pushgateway = await startPushgateway();
    node = new TestNode(join(world.folder, "node"), {
      s3: world.s3.url,
      pushgateway,
      overrides: { velero: { namespace: "velero" } },
    });
    node.set("common", { KUBECONFIG: world.plane.paths.kubeconfig });
    node.set("velero", { VELERO_WAIT_SECONDS: 60 });
  });
  after(async function () {
    this.timeout(120_000);
    await pushgateway?.stop();
    await world?.end();
  });
  afterEach(() => {
    agent.restoring = "well";
  });

  const kubectl = (...args: string[]) => world.kubectl(...args);
  const names = (namespace: string, kinds: string) => world.names(namespace, kinds);

  /** Starts a drill; where the drill runs a command in a pod, the stand-in does. */
  const start = () =>
    node.start("restore-drill", ["velero"], {
      PATH: `${fileURLToPath(new URL("./stand-in", import.meta.url))}:${process.env["PATH"]}`,
      STAND_IN_KUBECTL: binaries("kubectl"),
      STAND_IN_VOLUMES: agent.volumes,
    });
  const drill = (): Promise<Run> => start().done;

  /** What lies in the namespace that is restored to, but for what is always there. */
  async function left(): Promise<string[]> {
    const kinds =
      "deployments,replicasets,pods,statefulsets,cronjobs,services,configmaps,secrets,serviceaccounts,roles,rolebindings," +
      "ingresses,networkpolicies,poddisruptionbudgets,horizontalpodautoscalers,persistentvolumeclaims";
    let found: string[] = [];
    // They are told to go, and not waited for.
    await answerOf(async () => {
      const always = /\/(default|kube-root-ca\.crt|default-deny|all-pods)$/;
      found = (await names(restored, kinds)).filter((name) => !always.test(name));
      return found.length === 0;
    });
    return found;
  }

  /** A drill that fails, leaves nothing behind, and says why. */
  async function failsWith(...lines: (string | RegExp)[]): Promise<string> {
    const { status, output } = await drill();
    assert.equal(status, 1, output);
    for (const line of [...lines, "the drill failed for velero"]) {
      const said = output.split("\n");
      assert.ok(
        said.some((each) => (typeof line === "string" ? each === line : line.test(each))),
        `${line} is not in:\n${output}`,
      );
    }
    assert.equal((await pushed(pushgateway))['restore_drill_success{job="restore_drill"}'], 0);
    assert.deepEqual(await left(), []);
    return output;
  }

  it("fails while there is no backup", async () => {
    await failsWith(
      "no backup of the Schedule restore-drill is complete yet: kubectl --namespace velero get backups.velero.io",
    );
    assert.equal(
      (await pushed(pushgateway))[
        'backup_last_verified_restore_timestamp{job="restore_drill",prefix="velero"}'
      ],
      undefined,
    );
  });

  it("restores the sample next to itself, and finds every object and file as it was", async () => {
    assert.equal(await world.backUp("first"), "Completed");
    node.watches = true;
    const { status, output, commandLines } = await drill();
    node.watches = false;
    assert.equal(status, 0, output);
    assert.match(output, /^first: 14 objects and 18 files restored, all as they were$/m);
    assert.match(output, /^stand-in for a kubelet: /m);
    const metrics = await pushed(pushgateway);
    assert.equal(metrics['restore_drill_success{job="restore_drill"}'], 1);
    const verified = metrics['backup_last_verified_restore_timestamp{job="restore_drill",prefix="velero"}'];
    assert.ok(Math.abs(verified! - Date.now() / 1000) < 600);
    assert.deepEqual(await left(), []);
    const seen = [...commandLines, output];
    assert.ok(seen.some((line) => line.includes("kubectl")));
    assert.ok(
      !seen.some((line) => line.includes(world.key.secretKey) || line.includes(world.repositoryPassword)),
    );
  });

  it("keeps the two policies of the namespace that it restores to", async () => {
    const policies = await kubectl("get", "networkpolicies", `--namespace=${restored}`, "--output=name");
    assert.equal(
      policies,
      "networkpolicy.networking.k8s.io/all-pods\nnetworkpolicy.networking.k8s.io/default-deny\n",
    );
  });

  it("fails where the last backup is too old", async () => {
    node.set("velero", { VELERO_MAX_AGE_HOURS: 0 });
    await failsWith(
      "the last complete backup of the Schedule restore-drill, first, is 0 hours old; it must be younger than 0",
    );
    node.set("velero", { VELERO_MAX_AGE_HOURS: 48 });
  });

  const differ =
    "restored objects differ from those in restore-drill; if these were changed after the backup first, the next one brings it right";

  it("fails where an object does not come back", async () => {
    await kubectl("create", "configmap", "newer", `--namespace=${home}`);
    await kubectl(
      "label",
      "configmap",
      "newer",
      `--namespace=${home}`,
      `app.kubernetes.io/part-of=${sampleName}`,
    );
    await failsWith("ConfigMap/newer is missing", differ);
    await kubectl("delete", "configmap", "newer", `--namespace=${home}`);
  });

  it("fails where an object comes back that is not there", async () => {
    await kubectl("delete", "cronjob", sampleName, `--namespace=${home}`);
    await failsWith("CronJob/restore-drill is there, and is not in restore-drill", differ);
    await world.apply((await program()).filter(({ kind }) => kind === "CronJob"));
  });

  it("fails where an object comes back as another", async () => {
    const patch = (spec: object) =>
      kubectl(
        "patch",
        "service",
        sampleName,
        `--namespace=${home}`,
        "--type=merge",
        `--patch=${JSON.stringify(spec)}`,
      );
    await patch({ metadata: { annotations: { new: "one" } }, spec: { sessionAffinity: "ClientIP" } });
    await failsWith(
      'Service/restore-drill: .metadata.annotations.new was "one" and is gone',
      'Service/restore-drill: .spec.sessionAffinity was "ClientIP" and is "None"',
      /^Service\/restore-drill: \.spec\.sessionAffinityConfig\.clientIP\.timeoutSeconds was 10800 and is gone$/,
      differ,
    );
    await patch({ metadata: { annotations: { new: null } }, spec: { sessionAffinity: "None" } });
  });

  it("fails where a file comes back as another", async () => {
    agent.restoring = "with a byte more";
    await failsWith(
      "./deep/er/small-3: FAILED",
      "files in restore-drill-restored are not what they were when they were written",
    );
  });

  it("fails where the sums come back as others", async () => {
    agent.restoring = "as another sample";
    await failsWith("restored files are not those of restore-drill (< there, > restored)");
  });

  it("fails where the volume comes back empty", async () => {
    agent.restoring = "to nothing";
    await failsWith(
      "the files in restore-drill-restored have no sums: the volume came back empty. Velero leaves out volumes of the kind hostPath; is the one in restore-drill of another kind (annotation volumeType: local)?",
    );
  });

  it("shows Velero's own errors where a Restore fails", async () => {
    agent.restoring = "badly";
    await failsWith(
      /^Velero: .*pod volume restore failed: the snapshot cannot be read/,
      /^the Restore restore-drill-\w+ of the backup first ended as PartiallyFailed$/,
    );
  });

  it("cleans up after a drill that was killed half-way", async () => {
    agent.restoring = "never";
    const killed = start();
    const isBegun = async () => (await names(restored, "pods")).length > 0;
    await until(isBegun, "the restore did not begin", { seconds: 60 });
    killed.kill("SIGKILL");
    await killed.done;
    await killed.gone();
    const [unfinished, ...others] = await names("velero", "restores.velero.io");
    assert.deepEqual(others, []);
    const next = start();
    await sleep(3000);
    // It would go on to bring objects: it has to end before it is removed, and before the next one begins.
    assert.deepEqual(await names("velero", "restores.velero.io"), [unfinished]);
    agent.restoring = "well";
    const { status, output } = await next.done;
    assert.equal(status, 0, output);
    assert.match(output, /^first: 14 objects and 18 files restored, all as they were$/m);
    assert.deepEqual(await left(), []);
  });

  it("gives up on a Velero that does nothing", async () => {
    await kubectl("delete", "restores.velero.io", "--all", "--namespace=velero");
    node.set("velero", { VELERO_WAIT_SECONDS: 4 });
    await world.stopVelero();
    const see = "kubectl --namespace velero get pods; kubectl --namespace velero logs deployment/velero";
    await failsWith(
      new RegExp(`^the Restore restore-drill-\\w+ did not end within 4 s \\(phase none\\): ${see}$`),
    );
  });
});
