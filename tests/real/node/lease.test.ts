import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../../cli/kit/until.js";
import { Rig } from "./rig/rig.js";
import type { Result } from "./rig/rigNode.js";
import { key, type Wish } from "./rig/wish.js";

describe("the Lease of cluster-security-apply", () => {
  let rig: Rig;
  /** Takes the wrappers away. */
  let unwrap: (() => void)[];
  before(async () => {
    rig = await Rig.of();
  });
  after(() => rig.stop());
  beforeEach(() => {
    // A minute is a moment.
    unwrap = [
      rig.node.wrap("sleep", '[ "$1" != 60 ] || set -- 0.2\nexec "$PROGRAM" "$@"'),
      rig.node.wrap(
        "kubeadm",
        'touch /var/lib/kubelet/waits\nwhile [ -e /var/lib/kubelet/held ]; do /usr/bin/sleep 0.1; done\nexec "$PROGRAM" "$@"',
      ),
    ];
  });
  afterEach(() => {
    unwrap.forEach((undo) => undo());
    for (const file of ["held", "waits"])
      rmSync(join(rig.node.root, "var/lib/kubelet", file), { force: true });
  });

  const path = "cluster-security-apply --namespace kube-system";
  const ask = (template: string) =>
    rig.node.kubectl(
      "get",
      "lease",
      ...path.split(" "),
      "--ignore-not-found",
      "-o",
      `go-template=${template}`,
    );
  const ends = async () => Number(await ask('{{index .metadata.annotations "cluster-security/until"}}'));
  const renewals = () => rig.node.sh("pgrep -fc '[-]-unpacked' || :");

  const wish: Wish = { keys: [key("key1")], identityFallback: true };
  /** What happens during a run, which ends afterwards. The first one restarts the API server. */
  async function during(work: () => Promise<void>): Promise<Result> {
    rig.node.write("var/lib/kubelet/held", "");
    const run = rig.apply(wish);
    try {
      await until(
        async () => (await rig.node.run(["test", "-e", "/var/lib/kubelet/waits"])).status === 0,
        async () => `the run does not get to kubeadm: ${JSON.stringify(await run)}`,
        { seconds: 60 },
      );
      await work();
    } finally {
      rmSync(join(rig.node.root, "var/lib/kubelet/held"));
      await run;
    }
    return run;
  }

  it("is renewed while a run lasts, and gone with it", async () => {
    const { status, stderr } = await during(async () => {
      const first = await ends();
      await until(async () => (await ends()) > first, "nobody renews the Lease");
    });
    assert.equal(status, 0, stderr);
    assert.equal(await ask("{{.spec.holderIdentity}}"), "");
    await until(async () => (await renewals()).trim() === "0", "the renewal outlives the run");
  });

  it("is another node's when that has taken it: a run that ends late neither renews nor deletes it", async () => {
    const { status, stderr } = await during(async () => {
      await rig.node.kubectl("delete", "lease", ...path.split(" "));
      await rig.node.makeLease(4_000_000_000);
      await until(async () => (await renewals()).trim() === "1", "the renewal goes on");
    });
    assert.equal(status, 0, stderr);
    assert.equal(await ask("{{.spec.holderIdentity}}"), "b");
    assert.equal(await ends(), 4_000_000_000);
    await rig.node.kubectl("delete", "lease", ...path.split(" "));
  });

  const odd: Record<string, Parameters<typeof rig.node.makeLease>[1]> = {
    "has no annotations": { annotations: {} },
    "has another annotation": { annotations: { other: "word" } },
    "ends at no time": { annotations: { "cluster-security/until": "abc" } },
    "ends at no time, with words": { annotations: { "cluster-security/until": "1 e20" } },
    "has neither a time nor a holder": { annotations: {}, spec: {} },
  };
  for (const [what, change] of Object.entries(odd))
    it(`has ended where it ${what}`, async () => {
      await rig.node.makeLease(0, change);
      const { status, stderr } = await rig.apply(wish);
      assert.deepEqual([status, stderr.includes("Illegal")], [0, false], stderr);
      assert.equal(await ask("{{.spec.holderIdentity}}"), "");
    });

  it("names its holder while that is at work", async () => {
    await rig.node.makeLease(4_000_000_000);
    const { status, stderr } = await rig.apply(wish);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^cluster-security-apply: a run is at work on b\. If it has ended without a word: kubectl delete lease /,
    );
    await rig.node.kubectl("delete", "lease", ...path.split(" "));
  });

  it("is not renewed any more when a run was killed", async () => {
    await during(async () => {
      await rig.node.sh("kill -KILL $(pgrep -fo '[-]-unpacked')");
      await until(async () => (await renewals()).trim() === "0", "the renewal outlives the run");
    });
    assert.equal(await ask("{{.spec.holderIdentity}}"), "a");
    // The command that the killed run had started still goes on, with the lock.
    await rig.node.sh("flock -w 120 /var/lib/cluster-security/lock true");
    const next = await rig.apply(wish);
    assert.equal(next.status, 0, next.stderr);
    assert.equal(await ask("{{.spec.holderIdentity}}"), "");
  });
});
