import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  applyScriptFile,
  nodeBundle,
  settingsMember,
  type NodeFacts,
} from "../../../components/control-plane/node/bundle.js";
import { membersOf } from "../../kit/tar.js";

const facts: NodeFacts = {
  cluster: "musashi",
  nodes: [
    { name: "a", address: "10.0.0.1" },
    { name: "b", address: "fd00::2" },
  ],
  encryptionKeys: [
    { provider: "secretbox", name: "key2" },
    { provider: "aescbc", name: "key1" },
  ],
  identityFallback: true,
  auditSecretsLevel: "Metadata",
};
const file = (path: string, content: string, node?: string) => ({ path, mode: "0600", content, node });

/** Header fields and content of every member, in order. */
async function filesIn(bundle: Buffer): Promise<{ name: string; mode: number | undefined; text: string }[]> {
  return (await membersOf(bundle)).map(({ header: { name, mode, mtime, uid, gid, type }, text }) => {
    assert.deepEqual({ mtime: mtime?.getTime(), uid, gid, type }, { mtime: 0, uid: 0, gid: 0, type: "file" });
    return { name, mode, text };
  });
}

describe("the bundle of a node", () => {
  const files = [
    file("/etc/kubernetes/enc/enc.yaml", "keys: é\n"),
    file("/etc/kubernetes/kubeadm/config.yaml", "for a", "a"),
    file("/etc/kubernetes/kubeadm/config.yaml", "for b", "b"),
    applyScriptFile(),
  ];

  it("holds the node's own files, sorted, and the facts", async () => {
    const members = await filesIn(await nodeBundle(files, "b", facts));
    assert.deepEqual(
      members.map(({ name, mode }) => [name, mode?.toString(8)]),
      [
        [settingsMember, "600"],
        ["etc/kubernetes/enc/enc.yaml", "600"],
        ["etc/kubernetes/kubeadm/config.yaml", "600"],
        ["usr/local/sbin/cluster-security-apply", "755"],
      ],
    );
    assert.equal(members[1]!.text, "keys: é\n");
    assert.equal(members[2]!.text, "for b");
    assert.match(members[3]!.text, /^#!\/bin\/sh\n/);
    assert.equal(
      members[0]!.text,
      `CLUSTER=musashi
NODE=b
CONTROL_PLANE=a 10.0.0.1
CONTROL_PLANE=b fd00::2
KUBEADM_CONFIG=/etc/kubernetes/kubeadm/config.yaml
ENCRYPTION_CONFIG=/etc/kubernetes/enc/enc.yaml
ENCRYPTION_KEY=secretbox:key2
ENCRYPTION_KEY=aescbc:key1
ENCRYPTION_KEY=identity
AUDIT_LOG=/var/log/kubernetes/audit/audit.log
AUDIT_SECRETS_LEVEL=Metadata
${members
  .slice(1)
  .map(({ name, text }) => `FILE=${createHash("sha256").update(text).digest("hex")} /${name}\n`)
  .join("")}`,
    );
  });

  it("is the same for the same files in another order", async () => {
    const bundle = await nodeBundle(files, "a", facts);
    assert.ok(bundle.equals(await nodeBundle([...files].reverse(), "a", facts)));
    assert.ok(!bundle.equals(await nodeBundle(files, "b", facts)));
  });

  for (const [what, work, message] of [
    ["an unknown node", () => nodeBundle(files, "z", facts), '"z" is no control-plane node; there are: a, b'],
    [
      "two files at one path",
      () => nodeBundle([file("/etc/x", "1"), file("/etc/x", "2", "a")], "a", facts),
      "two files are meant for /etc/x of node a",
    ],
    [
      "a path that leads elsewhere",
      () => nodeBundle([file("/etc/../x", "1")], "a", facts),
      'node file "/etc/../x": an absolute path of letters, digits and @ _ + . - is needed',
    ],
    [
      "a mode in words",
      () => nodeBundle([{ ...file("/etc/x", "1"), mode: "rw" }], "a", facts),
      'node file /etc/x: mode "rw" is not octal, such as 0600',
    ],
    [
      "a value with a line break",
      () => nodeBundle(files, "a", { ...facts, cluster: "a\nNODE=b" }),
      'CLUSTER "a\nNODE=b" cannot be told to a node',
    ],
  ] as const) {
    it(`refuses ${what}`, () => assert.rejects(work, { message }));
  }
});
