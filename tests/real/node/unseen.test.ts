import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { EncryptionKeyArgs } from "../../../components/control-plane/encryptionAtRest.js";
import { inBase64, needlesBelow, watchProcesses, type Needles } from "../lab/sealed-secrets/needles.js";
import { Rig } from "./rig/rig.js";

/** What the script calls and could hand a key to. */
const programs = [
  ...[
    "awk",
    "base64",
    "cat",
    "cmp",
    "comm",
    "cp",
    "cut",
    "date",
    "etcdctl",
    "grep",
    "head",
    "kubeadm",
    "kubectl",
  ],
  ...["mv", "paste", "rm", "sed", "sha256sum", "sort", "stat", "tail", "tar", "tr", "uniq", "wc"],
];

describe("a rotation", () => {
  let rig: Rig;
  const random = (name: string): EncryptionKeyArgs => ({
    name,
    provider: "secretbox",
    secret: randomBytes(32).toString("base64"),
  });
  const [key1, key2, key3] = [random("key1"), random("key2"), random("key3")];
  before(async () => {
    rig = await Rig.of();
    await rig.applied({ keys: [key1], identityFallback: true });
  });
  after(() => rig.stop());

  it("shows no key to a user who sees the processes of the node, nor in what it says", async () => {
    const control = randomBytes(16).toString("hex");
    const needles: Needles = {
      ...Object.fromEntries([key1, key2, key3].map(({ name, secret }) => [name, secret as string])),
      "what is known to be seen": control,
    };
    // The watch sees what lives for a while, these every call.
    const calls = "/var/lib/kubelet/calls";
    const unwrap = programs.map((program) =>
      rig.node.wrap(program, `{ printf '%s ' "$0" "$@"; export -p; } >>${calls}\nexec "$PROGRAM" "$@"`),
    );
    const unwatch = await watchProcesses(needles);
    const seen = spawn("sleep", ["600"], { env: { SEEN: control } });
    let said = "";
    try {
      for (const keys of [
        [key1, key2],
        [key2, key1],
        [key3, key2, key1],
        [key3],
        // Refused.
        [{ ...key3, secret: key1.secret }],
      ]) {
        const { stdout, stderr } = await rig.apply({ keys });
        said += stdout + stderr;
      }
      await rig.node.sh(`grep -c ${control} /dev/null || :`);
    } finally {
      seen.kill();
      for (const undo of unwrap) undo();
    }
    const { found } = await unwatch();
    assert.ok(found.includes("what is known to be seen in the environment of sleep"), found.join());
    assert.deepEqual(
      found.filter((line) => line.startsWith("key")),
      [],
    );
    assert.match(said, /secrets will be stored as secretbox:key3/);
    assert.match(said, /encryption key secretbox:key3: the settings hold another value/);

    const text = rig.node.file(calls.slice(1));
    for (const program of ["awk", "grep", "kubectl", "sed"])
      assert.ok(text.includes(`/usr/local/sbin/${program} `), program);
    for (const [name, needle] of Object.entries(needles)) {
      const forms = [needle, ...inBase64(needle)];
      const expected = name === "what is known to be seen";
      assert.equal(
        forms.some((form) => `${text}${said}`.includes(form)),
        expected,
        name,
      );
    }
    const state = join(rig.node.root, "var/lib/cluster-security");
    assert.deepEqual(
      needlesBelow(state, needles).filter(
        (found) => !/^key\d in backups\/[^/]+\/(kubernetes|root|keys)\//.test(found),
      ),
      [],
    );
  });
});
