import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../cli/kit/progress.js";
import type { CommandFailed } from "../../../cli/kit/run.js";
import { apply, applyCommand, startCluster } from "../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { Phases } from "../../../cli/lab/phases.js";
import { killedEverywhere, type Killable } from "../node/rig/calls.js";
import { inKubeadm } from "./changes/files.js";
import { ChangingNode, print } from "./running.js";
import { bundleOf, changedBundle, demandNode, nodeSettings } from "./world.js";

/** Hours: npm run test:machine:killed. */
const everywhere = process.env["KILLED"] === "everywhere";

describe("cluster-security-apply killed before and after its calls on a real node", function () {
  if (everywhere) this.timeout(36_000_000);
  let parent: string;
  let real: RealNode;
  let node: ChangingNode;
  /** Without and with a change of the audit policy, of a flag of the scheduler and of a setting of the kubelet. */
  let bundles: [Buffer, Buffer];

  before(async function () {
    demandNode(this);
    parent = mkdtempSync(join(tmpdir(), "cluster-security-killed-"));
    const settings = await nodeSettings("lab");
    const { controlPlane } = settings;
    const audit = { ...controlPlane.audit, secretsLevel: "RequestResponse" as const };
    bundles = [
      await bundleOf(settings),
      await changedBundle({ ...settings, controlPlane: { ...controlPlane, audit } }, (files) =>
        inKubeadm(
          "podPidsLimit: 4096",
          "podPidsLimit: 2048",
        )(
          inKubeadm(
            /^scheduler:\n {2}extraArgs:\n/m,
            '$&    - name: kube-api-qps\n      value: "60"\n',
          )(files),
        ),
      ),
    ];
    const options = { settings, bundle: bundles[0], folder: join(parent, "node"), progress: silent };
    ({ node: real } = await startCluster(options, new Phases(silent, print)));
    const { name, address } = settings.cluster.nodes[0]!;
    node = new ChangingNode(real, name, address);
  });
  after(async () => {
    await real?.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  const killable = (): Killable<Buffer> => ({
    root: real.root,
    find: (program) =>
      ["/usr/sbin", "/usr/bin"]
        .map((folder) => join(folder, program))
        .find((path) => existsSync(join(real.root, path))),
    wrap(program, script) {
      const path = join(real.root, "usr/local/sbin", program);
      const text = `#!/bin/sh\nPROGRAM=${this.find(program)}\n${script}\n`;
      writeFileSync(path, text, { mode: 0o755 });
      return () => rmSync(path);
    },
    async apply(bundle, env) {
      const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
      const ran = real.run(["env", ...variables, "setsid", "--wait", ...applyCommand(node.name)], bundle);
      return ran.then(
        (printed) => ({ ...printed, status: 0, signal: null }),
        // Another process than the one that was killed has waited for it.
        ({ stdout, stderr }: CommandFailed) => ({ stdout, stderr, status: 137, signal: null }),
      );
    },
    applied: (bundle) => apply(real, node.name, bundle),
  });

  it("ends as without it, or goes back to what was there, and the API server answers", async () => {
    /** Everything on the node, by bundle. */
    const expected = [await node.settled()];
    let [current, next] = [0, 1];
    await killedEverywhere(killable(), everywhere ? undefined : 4, {
      wish: () => bundles[1 - current]!,
      again(round) {
        // Two forward, two back, so that either follows a kill before and one after a call.
        next = round % 4 < 2 ? 1 - current : current;
        return bundles[next]!;
      },
      async check() {
        current = next;
        const found = await node.settled();
        assert.equal(found, (expected[current] ??= found));
        assert.equal(await node.sh("kubectl get --raw /readyz"), "ok");
        assert.equal((await node.kubelet())["podPidsLimit"], [4096, 2048][current]);
      },
    });
  });

  /** Moments of a run, as a test in the node's shell sees them. */
  const moments = {
    "its backup is made": "[ -e /var/lib/cluster-security/unfinished ]",
    "the API server restarts":
      "grep -q stage=1 /var/lib/cluster-security/unfinished && ! pidof kube-apiserver",
  };
  for (const [moment, test] of Object.entries(moments)) {
    it(`goes on after a power failure of the node when ${moment}`, async () => {
      assert.match(await apply(real, node.name, bundles[0]), /^applied: /);
      const before = await node.settled();
      const run = apply(real, node.name, bundles[1]).catch((error: CommandFailed) => error);
      await node.sh(`until ${test}; do sleep 0.1; done >/dev/null 2>&1`);
      await real.cutPower();
      assert.ok(typeof (await run) === "object", "the run ended before the power failed");
      const start = performance.now();
      assert.match(
        await apply(real, node.name, bundles[1]),
        /^applied: \d+ files; .*kube-apiserver restarted/,
      );
      print(`the run after it: ${((performance.now() - start) / 1000).toFixed(0)} s`);
      assert.equal((await node.kubelet())["podPidsLimit"], 2048);
      assert.match(await apply(real, node.name, bundles[0]), /^applied: /);
      assert.equal(await node.settled(), before);
    });
  }
});
