import assert from "node:assert/strict";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";

/** The API server's manifest as the guides of kubernetes.io have it changed by hand, and the files it names. */
const flags = `    - --audit-policy-file=/etc/kubernetes/audit-policy.yaml
    - --audit-log-path=/var/log/kubernetes/audit/audit.log
    - --audit-log-maxage=7
    - --encryption-provider-config=/etc/kubernetes/enc/enc.yaml
`;
const mounts = `    - mountPath: /etc/kubernetes/audit-policy.yaml
      name: audit
      readOnly: true
    - mountPath: /var/log/kubernetes/audit/
      name: audit-log
      readOnly: false
    - name: enc
      mountPath: /etc/kubernetes/enc
      readOnly: true
`;
const volumes = `  - name: audit
    hostPath:
      path: /etc/kubernetes/audit-policy.yaml
      type: File
  - name: audit-log
    hostPath:
      path: /var/log/kubernetes/audit/
      type: DirectoryOrCreate
  - name: enc
    hostPath:
      path: /etc/kubernetes/enc
      type: DirectoryOrCreate
`;
const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: RequestResponse
    resources: [{ group: "", resources: ["secrets"] }]
  - level: Metadata
`;
const [key1, key2] = [key("key1", "aescbc"), key("key2")];
const encryption = (resources: string, more = "") => `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - ${resources}
    providers:
      - aescbc:
          keys:
            - name: key1
              secret: ${key1.secret as string}
      - identity: {}
${more}`;
const secrets = 12;

describe("adopting a cluster that was secured by hand", () => {
  let rig: Rig;
  const manifest = "etc/kubernetes/manifests/kube-apiserver.yaml";
  const wish: Wish = { keys: [key1], identityFallback: true };

  /** Another manifest, and a process that runs it. */
  async function write(text: string): Promise<void> {
    const pid = (await rig.node.sh("pidof kube-apiserver")).trim();
    rig.node.write(manifest, text);
    await rig.node.sh(`while [ -e /proc/${pid} ]; do sleep 0.1; done`);
    await rig.ready();
  }
  async function writeEncryption(text: string): Promise<void> {
    rig.node.write("etc/kubernetes/enc/enc.yaml", text);
    const pid = (await rig.node.sh("pidof kube-apiserver")).trim();
    await rig.node.sh(`kill ${pid}; while [ -e /proc/${pid} ]; do sleep 0.1; done`);
    await rig.ready();
  }
  /** Refused, with nothing changed: the message without its beginning. */
  async function refused(): Promise<string> {
    const before = [
      rig.node.file(manifest),
      rig.node.file("etc/kubernetes/enc/enc.yaml"),
      await rig.node.kubeadmConfig(),
    ];
    const { status, stderr } = await rig.apply(wish, { args: ["--wait", "5"] });
    assert.equal(status, 1);
    assert.match(stderr, /; nothing was changed\n$/);
    assert.deepEqual(
      [rig.node.file(manifest), rig.node.file("etc/kubernetes/enc/enc.yaml"), await rig.node.kubeadmConfig()],
      before,
    );
    return stderr.replace(/^cluster-security-apply: /, "");
  }

  before(async () => {
    rig = await Rig.of();
    const make = (from: number, to: number) =>
      rig.node.sh(
        `for i in $(seq ${from} ${to}); do printf '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s%s","namespace":"default"},"stringData":{"a":"b"}}\\n' $i; done | ` +
          "kubectl --kubeconfig /etc/kubernetes/admin.conf create -f - >/dev/null",
      );
    await make(1, secrets / 2);
    rig.node.write("etc/kubernetes/audit-policy.yaml", policy);
    rig.node.write("etc/kubernetes/enc/enc.yaml", encryption("secrets"));
    await write(
      rig.node
        .file(manifest)
        .replace(/( +- kube-apiserver\n)/, `$1${flags}`)
        .replace(/( +volumeMounts:\n)/, `$1${mounts}`)
        .replace(/( +volumes:\n)/, `$1${volumes}`),
    );
    await make(secrets / 2 + 1, secrets);
    assert.deepEqual(await rig.node.stored(), { plain: secrets / 2, "aescbc:key1": secrets / 2 });
  });
  after(() => rig.stop());

  it("refuses --anonymous-auth=false and OpenID Connect, with which the API server would not start", async () => {
    const text = rig.node.file(manifest);
    const given =
      "--anonymous-auth=false --oidc-client-id=kubernetes --oidc-issuer-url=https://sso.example.com";
    const lines = given.split(" ").map((flag) => `    - ${flag}\n`);
    await write(text.replace(/( +- kube-apiserver\n)/, `$1${lines.join("")}`));
    const message = await refused();
    assert.ok(
      message.startsWith(
        `kube-apiserver has ${given}, and does not start with that and --authentication-config of the settings, `,
      ),
      message,
    );
    assert.ok(
      message.includes(
        " Take it out of apiServer.extraArgs of the ConfigMap kube-system/kubeadm-config and out of /etc/kubernetes/manifests/kube-apiserver.yaml",
      ),
      message,
    );
    await write(text);
  });

  it("refuses an encryption configuration that was changed after the API server had read it", async () => {
    rig.node.write("etc/kubernetes/enc/enc.yaml", `# changed\n${encryption("secrets")}`);
    await rig.node.sh("touch -d '+10 seconds' /etc/kubernetes/enc/enc.yaml");
    assert.match(
      await refused(),
      /^\/etc\/kubernetes\/enc\/enc\.yaml was changed after the API server had read it\. Restart the API server/,
    );
  });

  const alone: [resource: string, message: RegExp][] = [
    [
      '"*.batch"',
      /^\S+enc\.yaml encrypts \*\.batch\. This program encrypts Secrets alone, .* take the wildcard out; nothing was changed\n$/,
    ],
    ["limitranges", /^\S+enc\.yaml encrypts limitranges, and this program Secrets alone\. Take /],
    [
      "resourcequotas",
      /^1 resourcequotas are stored as aescbc:key1\. This program encrypts Secrets alone\. Take that back by hand: /,
    ],
  ];
  for (const [resource, message] of alone) {
    it(`refuses what encrypts ${resource}, and says how to take it back`, async () => {
      const more = encryption(resource).slice(encryption(resource).indexOf("  - resources:"));
      await writeEncryption(encryption("secrets", more));
      const quota = resource === "resourcequotas";
      if (quota) await rig.node.kubectl("create", "quota", "encrypted", "--hard=pods=100");
      assert.match(await refused(), message);
      if (quota) await rig.node.kubectl("delete", "quota", "encrypted");
    });
  }

  it("takes over flags and volumes, whatever the volumes are called, says what it replaces, and does nothing the second time", async () => {
    await writeEncryption(encryption("secrets"));
    const { status, stdout, stderr } = await rig.apply(wish);
    assert.equal(status, 0, `${stdout}${stderr}`);
    for (const line of [
      "--audit-log-maxage: 7 -> 30",
      "--enable-admission-plugins: NodeRestriction -> NodeRestriction,DenyServiceExternalIPs",
      "volume audit: replaced",
      "volume enc: replaced",
    ])
      assert.ok(stdout.includes(`\n   kube-apiserver ${line}\n`), `${line}\n${stdout}`);
    assert.match(
      stdout,
      /kube-apiserver --audit-policy-file: \/etc\/kubernetes\/audit-policy\.yaml -> \S+policy-\S+\n/,
    );
    assert.match(
      stdout,
      new RegExp(
        `kube-apiserver restarted; .*keys loaded: aescbc:key1, plain text; rewritten ${secrets / 2} of ${secrets / 2} secrets\\n$`,
      ),
    );
    const text = rig.node.file(manifest);
    assert.doesNotMatch(text, /name: enc$|audit-policy\.yaml/m);
    assert.equal(text.match(/mountPath: \/etc\/kubernetes\/enc$/gm)!.length, 1);
    assert.match(await rig.node.kubeadmConfig(), /name: encryption-provider-config\n/);
    assert.deepEqual(await rig.node.stored(), { "aescbc:key1": secrets });
    assert.equal(await rig.applied(wish), "applied: nothing changed");
  });

  it("takes over a volume of another name in kubeadm's ConfigMap", async () => {
    const before = await rig.node.kubeadmConfig();
    await rig.node.sh(
      "kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get cm kubeadm-config -o yaml | sed 's/name: encryption$/name: enc/' | kubectl --kubeconfig /etc/kubernetes/admin.conf replace -f -",
    );
    assert.match(await rig.node.kubeadmConfig(), /name: enc\n/);
    assert.equal(await rig.applied(wish), "applied: ConfigMap kubeadm-config");
    assert.equal(await rig.node.kubeadmConfig(), before);
  });

  it("goes on with the keys from there", async () => {
    assert.match(
      await rig.applied({ keys: [key2, key1] }),
      new RegExp(`rewritten ${secrets} of ${secrets} secrets$`),
    );
    assert.equal(await rig.applied({ keys: [key2] }), "applied: keys loaded: secretbox:key2");
  });
});
