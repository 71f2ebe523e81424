import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { startKubernetes, type ClusterConnection, type KubernetesPlugin } from "../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../cli/lab/cluster/labControlPlane.js";
import { openSession, type Session } from "../../cli/lab/session.js";
import { errorsIn, resourcesIn, warningsIn } from "../../cli/plan/engine/events.js";
import { forgetUserSettings } from "../../cli/plan/engine/folder.js";
import { standIns } from "../../cli/plan/providers/index.js";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { isProcessRunning } from "../../cli/state/doctor/locks.js";
import { projectName } from "../../stacks/settings/index.js";
import { killHelmAt } from "../real/lab/apply/killHelm.js";
import { binaries, connect, endLab, fixture, pluginIn, startLab } from "../real/lab/apply/lab.js";
import { documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const page = "docs/guides/after-a-killed-up.md";
const stack = "musashi";
const namespace = "killed";

/** A namespace with a password that was drawn, and a release. */
function program(): object {
  const options = {
    provider: new Provider("cluster", { clusterIdentifier: stack, enableSecretMutable: true }),
  };
  const inNamespace = {
    ...options,
    dependsOn: [new Namespace("ns", { metadata: { name: namespace } }, options)],
  };
  const { result } = new RandomPassword("password", { length: 24 });
  new Secret("secret", { metadata: { name: "secret", namespace }, stringData: { result } }, inNamespace);
  const release = { name: "app", namespace, chart: fixture, version: "1.0.0", atomic: true, timeout: 60 };
  new Release("release", release, inNamespace);
  return {};
}

/** The kernel gives out no such number. */
const noPid = 2 ** 30;

/** What cluster-security-apply holds on a node that was thrown away while it ran. */
const leaseOfLostNode = () => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: {
    name: "cluster-security-apply",
    namespace: "kube-system",
    annotations: { "cluster-security/until": String(Math.round(Date.now() / 1000) + 1200) },
  },
  spec: { holderIdentity: "lost-node" },
});

/** What the state's file holds, secrets encrypted. */
interface Latest {
  resources: { urn: string }[];
  pending_operations?: object[];
}

describe(page, function () {
  this.timeout(300_000);
  const name = `docs-killed-${process.pid}`;
  let plane: LabControlPlane;
  let cluster: ClusterConnection;
  let sandbox: Sandbox;
  let plugin: KubernetesPlugin;
  let session: Session;
  let env: Record<string, string>;

  const helm = (...args: string[]) =>
    promisify(execFile)(binaries("helm"), [
      ...args,
      "--namespace",
      namespace,
      "--kubeconfig",
      plane.paths.kubeconfig,
    ]);
  const password = async () =>
    (await cluster.api.get({ apiVersion: "v1", kind: "Secret", metadata: { name: "secret", namespace } }))?.[
      "data"
    ].result as string;

  before(async function () {
    this.timeout(600_000);
    forgetUserSettings();
    sandbox = await Sandbox.of(this, ["pulumi", "kubectl", "helm"]);
    plane = await startLab(name);
    cluster = await connect(plane);
    const { kubeconfig } = plane.paths;
    mkdirSync(join(sandbox.home, ".kube"));
    copyFileSync(kubeconfig, join(sandbox.home, ".kube/config"));

    plugin = await startKubernetes(cluster, pluginIn(plane));
    const { all } = standIns({ cache: join(projectFolder, ".cache/crds") });
    const providers = all.filter(({ name }) => name !== plugin.name);
    const folder = join(sandbox.root, "engine");
    mkdirSync(folder);
    session = await openSession({
      ...{ folder, cli: binaries("pulumi"), project: projectName, stack, providers },
      plugins: [plugin],
    });
    env = {
      PULUMI_BACKEND_URL: `file://${join(folder, "backend")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
      PULUMI_DEBUG_PROVIDERS: session.debugProviders,
    };
    const { events } = await session.run({ operation: "up", program });
    assert.deepEqual(errorsIn(events), []);
  });
  after(async () => {
    session?.close();
    await plugin?.close();
    await endLab(name);
    sandbox?.remove();
  });

  /** Leaves what a run leaves that was killed in the middle, long ago; returns the path of its lock. */
  async function kill(): Promise<string> {
    const file = join(sandbox.root, "engine/backend/.pulumi/stacks", projectName, `${stack}.json`);
    const state = JSON.parse(readFileSync(file, "utf8")) as { checkpoint: { latest: Latest } };
    const { latest } = state.checkpoint;
    const made = latest.resources.find(({ urn }) => urn.endsWith("::secret"))!;
    latest.resources = latest.resources.filter((resource) => resource !== made);
    latest.pending_operations = [
      { resource: { ...made, id: undefined, outputs: undefined }, type: "creating" },
    ];
    writeFileSync(file, JSON.stringify(state));
    const upgrade = ["upgrade", "app", fixture, "--set", "greeting=changed,hookNode=nowhere", "--wait"];
    const upgrading = assert.rejects(helm(...upgrade), { signal: "SIGKILL" });
    await killHelmAt(cluster, { namespace, name: "app" }, "pending-upgrade");
    await upgrading;
    const note = ["secret", "sh.helm.release.v1.app.v2", "--namespace", namespace];
    await cluster.kubectl(["label", ...note, "modifiedAt=1", "--overwrite"]);
    await cluster.api.apply(leaseOfLostNode(), { manager: "lost-node", force: true });
    const locks = join(sandbox.root, "engine/backend/.pulumi/locks/organization", projectName, stack);
    mkdirSync(locks, { recursive: true });
    const lock = { pid: noPid, username: "me", hostname: hostname(), timestamp: "2026-01-02T03:04:05Z" };
    const path = join(locks, "0e5bb5d4-0000-4000-8000-000000000000.json");
    writeFileSync(path, JSON.stringify(lock));
    return path;
  }

  documented(
    page,
    "After a killed `pulumi up`",
    "7cfc6a67",
    "finds and mends what a killed run has left",
    async ({ text }) => {
      const before = await password();
      const lock = await kill();
      // Within a container not all processes can be seen, and the reader has to decide.
      const isDead = isProcessRunning(noPid) === false;
      const end = isDead ? `, which does not run any more\n  rm '${lock}'\n` : `\n  rm '${lock}'   # once`;
      const [look, mend] = text.trim().split("\n") as [string, string];

      await assert.rejects(sandbox.run(look, { env }), (error: Error) => {
        const left = [
          new RegExp(`the state of musashi is locked by me@.* at 2026-01-02T03:04:05Z${end}`),
          /secret \(kubernetes:core\/v1:Secret\) is made, as killed\/secret, and is not in the state\n {2}npm run doctor /,
          /the Lease kube-system\/cluster-security-apply of lost-node, .*, and the cluster has no such node\n {2}kubectl delete lease /,
          /release killed\/app is pending-upgrade\n {2}helm rollback app 1 --namespace killed --wait\n/,
        ];
        for (const finding of left) assert.match(error.message, finding);
        return true;
      });
      if (!isDead) rmSync(lock);
      const { stdout } = await sandbox.run(mend, { env });
      const mended = stdout.split("\n").filter((line) => line.startsWith("mended: "));
      assert.equal(mended.length, isDead ? 4 : 3, stdout);
      assert.ok(!stdout.includes(before) && !stdout.includes(atob(before)), "no secret is printed");

      const again = await sandbox.run(mend, { env });
      assert.match(again.stdout, /^Nothing is wrong with musashi\.$/m);
      const { events } = await session.run({ operation: "up", program });
      assert.deepEqual([errorsIn(events), warningsIn(events)], [[], []]);
      assert.deepEqual(
        resourcesIn(events).flatMap(({ operation, urn }) =>
          operation === "same" ? [] : [`${operation} ${urn}`],
        ),
        [],
      );
      assert.equal(await password(), before);
      const state = JSON.stringify((await session.stack.state()).deployment!.resources);
      assert.ok(state.includes('"plaintext"'), "the Secret's data is marked as secret");
    },
  );
});
