import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../../../stacks/settings/index.js";
import type { ChangingNode } from "../running.js";
import { otherPolicy } from "../world.js";
import { etcdFlag, flag, inKubeadm, type Files } from "./files.js";

export type ControlPlane = Settings["controlPlane"];
type Encryption = ControlPlane["encryption"];

/** A change of the settings, or of the files where a later version of this program would render other ones. */
interface Change {
  what: string;
  settings?: (controlPlane: ControlPlane) => ControlPlane;
  files?: Files;
  /** The last line of the script. */
  says: RegExp;
  /** Whether the API server restarts, or etcd under it. */
  away?: true;
  /** Fails unless the running component shows the change. */
  effect: (node: ChangingNode) => Promise<void>;
}

export const key = (name: string): Encryption["keys"][number] => ({
  ...{ name, provider: "secretbox", generate: false, retired: false },
  secret: pulumi.secret(randomBytes(32).toString("base64")),
});

const audit =
  (change: Partial<ControlPlane["audit"]>) =>
  (controlPlane: ControlPlane): ControlPlane => ({
    ...controlPlane,
    audit: { ...controlPlane.audit, ...change },
  });
export const encryption =
  (change: (keys: Encryption["keys"]) => Partial<Encryption>) =>
  (controlPlane: ControlPlane): ControlPlane => ({
    ...controlPlane,
    encryption: { ...controlPlane.encryption, ...change(controlPlane.encryption.keys) },
  });

const storedWith = (prefix: string) => async (node: ChangingNode) =>
  assert.ok((await node.stored("needle")).startsWith(prefix), prefix);
const runsWith = (component: string, flag: string) => async (node: ChangingNode) =>
  assert.ok((await node.commandLine(component)).split("\n").includes(flag), flag);
const loggedAt =
  (kind: "secrets" | "configmaps", name: string, level: string | undefined) => async (node: ChangingNode) => {
    await node.sh(`kubectl get ${kind} ${name}`);
    assert.equal(await node.auditLevel(kind, name), level);
  };
const kubeletHas = (field: string, value: number) => async (node: ChangingNode) =>
  assert.equal((await node.kubelet())[field], value);
const all =
  (...effects: Change["effect"][]) =>
  async (node: ChangingNode) => {
    for (const effect of effects) await effect(node);
  };

/**
 * Changes that take effect, in their order: each one is made where those before it are in effect. The first one is made on a
 * cluster without this program, with the settings of stack lab.
 */
export const taken: Change[] = [
  {
    what: "the first files on a cluster without this program: encryption from off to on, the audit log, every flag",
    says: /^applied: 3 files; ConfigMap kubeadm-config; ConfigMap kubelet-config; kube-apiserver restarted; kube-controller-manager restarted; kube-scheduler restarted; kubelet restarted; keys loaded: plain text, aescbc:key1; secrets will be stored as aescbc:key1; rewritten (\d+) of \1 secrets$/,
    away: true,
    effect: all(
      storedWith("k8s:enc:aescbc:v1:key1:"),
      loggedAt("secrets", "needle", "Metadata"),
      runsWith("kube-apiserver", "--tls-min-version=VersionTLS13"),
      runsWith("kube-controller-manager", "--profiling=false"),
      runsWith("kube-scheduler", "--profiling=false"),
      kubeletHas("podPidsLimit", 4096),
    ),
  },
  {
    what: "the level at which Secrets are logged",
    settings: audit({ secretsLevel: "RequestResponse" }),
    says: /^applied: 2 files; ConfigMap kubeadm-config; kube-apiserver restarted; \/etc\/kubernetes\/audit\/policy-\w+\.yaml removed$/,
    away: true,
    effect: all(
      loggedAt("secrets", "needle", "RequestResponse"),
      loggedAt("configmaps", "thread", undefined),
    ),
  },
  {
    what: "another rule of the audit policy",
    files: otherPolicy("- configmaps", "- namespaces"),
    says: /^applied: 2 files; ConfigMap kubeadm-config; kube-apiserver restarted; \/etc\/kubernetes\/audit\/policy-\w+\.yaml removed$/,
    away: true,
    effect: loggedAt("configmaps", "thread", "Metadata"),
  },
  {
    what: "how many audit logs are kept",
    settings: audit({ maxBackups: 5 }),
    says: /^applied: 1 files; ConfigMap kubeadm-config; kube-apiserver restarted$/,
    away: true,
    effect: runsWith("kube-apiserver", "--audit-log-maxbackup=5"),
  },
  {
    what: "a key of secretbox, added to one of aescbc",
    settings: encryption((keys) => ({ keys: [...keys, key("key2")] })),
    says: /^applied: keys loaded: aescbc:key1, secretbox:key2, plain text$/,
    effect: storedWith("k8s:enc:aescbc:v1:key1:"),
  },
  {
    what: "that key first",
    settings: encryption(([first, second]) => ({ keys: [second!, first!] })),
    says: /^applied: secrets will be stored as secretbox:key2; rewritten (\d+) of \1 secrets$/,
    effect: storedWith("k8s:enc:secretbox:v1:key2:"),
  },
  {
    what: "the former key retired, and nothing read in plain text any more",
    settings: encryption(([first, former]) => ({
      keys: [first!, { ...former!, retired: true }],
      identityFallback: false,
    })),
    says: /^applied: keys loaded: secretbox:key2$/,
    async effect(node) {
      await storedWith("k8s:enc:secretbox:v1:key2:")(node);
      assert.equal(await node.sh("kubectl get secret needle -o jsonpath='{.data.key}'"), "aGF5");
    },
  },
  {
    what: "a new key, added and first in one change",
    settings: encryption((keys) => ({ keys: [key("key3"), ...keys] })),
    says: /^applied: keys loaded: secretbox:key2, secretbox:key3; secrets will be stored as secretbox:key3; rewritten (\d+) of \1 secrets$/,
    effect: storedWith("k8s:enc:secretbox:v1:key3:"),
  },
  {
    what: "a flag of the scheduler",
    files: flag("scheduler", "kube-api-qps", "60"),
    says: /^applied: 1 files; ConfigMap kubeadm-config; kube-scheduler restarted$/,
    effect: runsWith("kube-scheduler", "--kube-api-qps=60"),
  },
  {
    what: "a flag of the controller manager",
    files: flag("controllerManager", "kube-api-qps", "30"),
    says: /^applied: 1 files; ConfigMap kubeadm-config; kube-controller-manager restarted$/,
    effect: runsWith("kube-controller-manager", "--kube-api-qps=30"),
  },
  {
    what: "a setting of the kubelet",
    files: inKubeadm("podPidsLimit: 4096", "podPidsLimit: 2048"),
    says: /^applied: 1 files; ConfigMap kubelet-config; kubelet restarted$/,
    effect: kubeletHas("podPidsLimit", 2048),
  },
  {
    what: "a flag of etcd",
    files: etcdFlag("quota-backend-bytes", "4294967296"),
    says: /^applied: 1 files; ConfigMap kubeadm-config; etcd restarted$/,
    away: true,
    effect: runsWith("etcd", "--quota-backend-bytes=4294967296"),
  },
];
