import assert from "node:assert/strict";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";

describe("cluster-security-apply on a disk that is full", () => {
  let rig: Rig;
  const base: Wish = { keys: [key("key1")], identityFallback: true };
  before(async () => {
    rig = await Rig.of();
    await rig.applied(base);
    // What the script writes to, on a small disk of its own.
    await rig.node.sh(`mkdir /run/disk
mount -t tmpfs -o size=96m disk /run/disk
for folder in /etc/kubernetes /var/lib/cluster-security; do
  mkdir -p "/run/disk$folder"
  cp -a "$folder/." "/run/disk$folder"
  mount --bind "/run/disk$folder" "$folder"
done`);
  });
  after(() => rig.stop());

  /** Sums of everything an apply may change, by name. */
  async function everything(): Promise<Map<string, string>> {
    const map = (name: string, field: string) =>
      `printf '%s ConfigMap ${name}\\n' "$(kubectl --kubeconfig /etc/kubernetes/super-admin.conf --namespace kube-system get configmap ${name} --output 'jsonpath={.data.${field}}' | sha256sum | cut -d ' ' -f 1)"`;
    const lines = await rig.node.sh(
      `find /etc/kubernetes -type f -exec sha256sum {} + | sed 's/  / /'
${map("kubeadm-config", "ClusterConfiguration")}
${map("kubelet-config", "kubelet")}`,
    );
    return new Map(
      lines
        .trimEnd()
        .split("\n")
        .map((line) => [line.slice(65), line.slice(0, 64)]),
    );
  }

  /** A disk that is full from the moment on at which a run has put a file into its place, and stays so. */
  async function fullAfter<T>(path: string, work: () => Promise<T>): Promise<T> {
    const unwrap = rig.node.wrap(
      "mv",
      `"$PROGRAM" "$@" || exit
case "$*" in *" ${path}")
  echo >/var/lib/kubelet/full
  while [ -e /var/lib/kubelet/full ]; do cat /dev/zero >>/run/disk/filler; sleep 0.02; done </dev/null >/dev/null 2>&1 9>&- &
  until [ "$(df --output=avail /run/disk | tail -n 1)" -eq 0 ]; do sleep 0.02; done ;;
esac`,
    );
    try {
      return await work();
    } finally {
      unwrap();
      await rig.node.sh("rm -f /var/lib/kubelet/full; sleep 0.2; rm -f /run/disk/filler");
    }
  }

  it("says what could not be put back, and no more, and puts it back when there is room", async () => {
    const before = await everything();
    const wish: Wish = { ...base, secretsLevel: "RequestResponse" };
    const { status, stdout, stderr } = await fullAfter("/etc/kubernetes/kubeadm/config.yaml", () =>
      rig.apply(wish),
    );
    assert.equal(status, 1, stdout);
    assert.match(stderr, /No space left on device/);
    const said =
      /\ncluster-security-apply: it could not all be put back\. Not as before: (.*)\. Run again /.exec(
        stderr,
      );
    assert.ok(said, stderr);
    const after = await everything();
    const changed = [...new Set([...before.keys(), ...after.keys()])]
      .filter((name) => before.get(name) !== after.get(name))
      .map((name) => (before.has(name) ? name : `${name} (new)`));
    assert.deepEqual(said[1]!.split(", ").sort(), changed.sort());
    assert.ok(changed.includes("/etc/kubernetes/kubeadm/config.yaml"), changed.join());

    assert.equal(await rig.applied(base), "applied: nothing changed");
    assert.deepEqual(await everything(), before);
  });

  it("goes on where nothing is to be written any more: what it works with lies in memory", async () => {
    const { status, stdout, stderr } = await fullAfter("/etc/kubernetes/enc/enc.yaml", () =>
      rig.apply({ ...base, keys: [key("key1"), key("key2")] }),
    );
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stderr, "");
    assert.match(stdout, /applied: keys loaded: secretbox:key1, secretbox:key2, plain text\n$/);
    assert.equal((await rig.node.sh("ls -A /run/cluster-security.* 2>&1 || :")).includes("No such"), true);
  });
});
