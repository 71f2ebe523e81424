import assert from "node:assert/strict";
import { parse } from "yaml";
import { auditPolicy } from "../../../components/audit/auditPolicy.js";
import { authenticationConfigurationFile } from "../../../components/control-plane/authenticationConfiguration.js";
import { ControlPlane, type ControlPlaneArgs } from "../../../components/control-plane/controlPlane.js";
import { flagsOf, runKubeadm, tool } from "./kubeadm.js";
import { capture, isSecret, valueOf } from "../../kit/capture.js";
import { oneNode, threeNodes } from "./cluster.js";

const folder = "cluster-security:control-plane";
const secret = Buffer.alloc(32, 5).toString("base64");
const args: ControlPlaneArgs = {
  clusterName: oneNode.clusterName,
  kubernetesVersion: oneNode.kubernetesVersion,
  nodes: oneNode.nodes,
  podSubnet: oneNode.podSubnet,
  serviceSubnet: oneNode.serviceSubnet,
  dnsDomain: oneNode.dnsDomain,
  audit: { maxAgeDays: 31, maxBackups: 11, maxSizeMB: 101 },
  encryption: {
    keys: [
      { name: "key2", provider: "secretbox" },
      { name: "key1", provider: "aescbc", secret },
    ],
  },
};
const outputs = (type: string) => (type.startsWith("random:") ? { result: "a password" } : {});

async function run(args: ControlPlaneArgs) {
  let controlPlane!: ControlPlane;
  const captured = await capture(() => (controlPlane = new ControlPlane("cp", args)), { outputs });
  return { captured, controlPlane, files: await valueOf(controlPlane.files) };
}

describe("ControlPlane", () => {
  it("is made of the policy, the keys and kubeadm's configuration", async () => {
    const { captured } = await run(args);
    assert.deepEqual(
      captured.resources.map(({ type, name, parent }) => `${type} ${name} in ${parent}`).sort(),
      [
        `${folder}:AuditPolicy cp-audit in cp`,
        `${folder}:ControlPlane cp in undefined`,
        `${folder}:EncryptionAtRest cp-encryption in cp`,
        `${folder}:KubeadmConfig cp-kubeadm in cp`,
        "random:index/randomPassword:RandomPassword cp-encryption-key2 in cp-encryption",
      ],
    );
  });

  it("lists every file once, all of them root's alone and secret as a whole", async () => {
    const { captured, controlPlane, files } = await run(args);
    assert.deepEqual(
      files.map(({ path }) => path.replace(/-[0-9a-f]{8}/, "-HASH")),
      [
        "/etc/kubernetes/kubeadm/config.yaml",
        "/etc/kubernetes/audit/policy-HASH.yaml",
        "/etc/kubernetes/authentication/authentication-HASH.yaml",
        "/etc/kubernetes/enc/enc.yaml",
      ],
    );
    assert.ok(files.every(({ mode }) => mode === "0600"));
    assert.ok(files.every(({ content }) => content.endsWith("\n") && !content.includes("\r")));
    assert.equal(await isSecret(controlPlane.files), true);
    assert.equal(await isSecret(controlPlane.encryptionConfiguration), true);
    assert.equal(await isSecret(controlPlane.publicFiles), false);
    assert.deepEqual(captured.one(`${folder}:ControlPlane`).outputs, {
      files,
      publicFiles: files.slice(0, 3),
      encryptionConfiguration: files[3]!.content,
      encryptionWritePrefix: "k8s:enc:secretbox:v1:key2:",
      auditLogPath: "/var/log/kubernetes/audit/audit.log",
    });
  });

  it("has the safe audit policy and no fallback unless told otherwise", async () => {
    const { files } = await run(args);
    assert.deepEqual(parse(files[1]!.content), auditPolicy({ secretsLevel: "Metadata" }));
    assert.deepEqual(files[2], authenticationConfigurationFile());
    assert.doesNotMatch(files[3]!.content, /identity/);
  });

  it("hands every setting on", async () => {
    const { files } = await run({
      ...args,
      audit: { ...args.audit, secretsLevel: "RequestResponse" },
      encryption: { ...args.encryption, identityFallback: true },
    });
    assert.deepEqual(parse(files[1]!.content), auditPolicy({ secretsLevel: "RequestResponse" }));
    assert.match(files[3]!.content, /- identity: \{\}\n$/);
    assert.match(files[0]!.content, /name: audit-log-maxage\n +value: "31"/);
    assert.match(files[0]!.content, /name: audit-log-maxbackup\n +value: "11"/);
    assert.match(files[0]!.content, /name: audit-log-maxsize\n +value: "101"/);
  });

  it("points kubeadm at the very files of the list", async function () {
    const kubeadm = tool(this, "kubeadm");
    const { files } = await run(args);
    const manifests = runKubeadm(kubeadm, files[0]!.content, [
      "init",
      "phase",
      "control-plane",
      "apiserver",
      "--dry-run",
    ]);
    const flags = flagsOf(manifests["kube-apiserver"]!);
    assert.deepEqual(
      [flags["audit-policy-file"], flags["authentication-config"], flags["encryption-provider-config"]],
      files.slice(1).map(({ path }) => path),
    );
  });

  it("gives each of several nodes its own configuration and the rest in common", async () => {
    const { files } = await run({
      ...args,
      nodes: threeNodes.nodes,
      controlPlaneEndpoint: threeNodes.controlPlaneEndpoint,
    });
    assert.deepEqual(
      files.map(({ node }) => node),
      ["a", "b", "c", undefined, undefined, undefined],
    );
  });

  it("writes the keys into the encryption configuration alone", async () => {
    const { captured, files } = await run(args);
    const withKey = files.filter(({ content }) => content.includes(secret)).map(({ path }) => path);
    assert.deepEqual(withKey, ["/etc/kubernetes/enc/enc.yaml"]);
    for (const child of ["AuditPolicy", "KubeadmConfig"]) {
      assert.ok(!JSON.stringify(captured.one(`${folder}:${child}`).outputs).includes(secret));
    }
  });

  it("registers the same resources with known and unknown values", async () => {
    const program = () => new ControlPlane("cp", args);
    assert.deepEqual(
      (await capture(program, { preview: true, outputs })).shape(),
      (await capture(program, { outputs })).shape(),
    );
  });
});
