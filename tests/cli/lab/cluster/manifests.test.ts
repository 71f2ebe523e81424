import assert from "node:assert/strict";
import { labConfiguration } from "../../../../cli/lab/cluster/kubeadm.js";
import { placed, staticPod } from "../../../../cli/lab/cluster/manifests.js";
import { freePorts } from "../../../../cli/lab/cluster/ports.js";

const placement = {
  node: "/lab/node",
  address: "192.0.2.10",
  ports: {
    etcdClient: 1001,
    etcdPeer: 1002,
    etcdMetrics: 1003,
    apiServer: 1004,
    controllerManager: 1005,
    scheduler: 1006,
    kwok: 1007,
  },
};

describe("static pods on this machine", () => {
  it("reads name and command from a manifest", () => {
    const manifest = `
apiVersion: v1
kind: Pod
metadata: { name: etcd, namespace: kube-system }
spec: { containers: [{ name: etcd, command: [etcd, --name=musashi] }] }`;
    assert.deepEqual(staticPod(manifest), { name: "etcd", command: ["etcd", "--name=musashi"] });
  });

  const cases: [name: string, flag: string, expected: string][] = [
    ["etcd", "--data-dir=/var/lib/etcd", "--data-dir=/lab/node/var/lib/etcd"],
    [
      "etcd",
      "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
      "--cert-file=/lab/node/etc/kubernetes/pki/etcd/server.crt",
    ],
    [
      "etcd",
      "--cert-file=/lab/node/etc/kubernetes/pki/etcd/server.crt",
      "--cert-file=/lab/node/etc/kubernetes/pki/etcd/server.crt",
    ],
    [
      "etcd",
      "--initial-cluster=musashi=https://192.0.2.10:2380",
      "--initial-cluster=musashi=https://127.0.0.1:1002",
    ],
    [
      "etcd",
      "--listen-client-urls=https://127.0.0.1:2379,https://192.0.2.10:2379",
      "--listen-client-urls=https://127.0.0.1:1001",
    ],
    ["etcd", "--listen-metrics-urls=http://127.0.0.1:2381", "--listen-metrics-urls=http://127.0.0.1:1003"],
    ["kube-apiserver", "--etcd-servers=https://127.0.0.1:2379", "--etcd-servers=https://127.0.0.1:1001"],
    ["kube-apiserver", "--secure-port=6443", "--secure-port=1004"],
    ["kube-apiserver", "--advertise-address=192.0.2.10", "--advertise-address=192.0.2.10"],
    [
      "kube-apiserver",
      "--audit-log-path=/var/log/kubernetes/audit/audit.log",
      "--audit-log-path=/lab/node/var/log/kubernetes/audit/audit.log",
    ],
    ["kube-apiserver", "--service-cluster-ip-range=10.96.0.0/12", "--service-cluster-ip-range=10.96.0.0/12"],
    [
      "kube-scheduler",
      "--kubeconfig=/etc/kubernetes/scheduler.conf",
      "--kubeconfig=/lab/node/etc/kubernetes/scheduler.conf",
    ],
  ];
  for (const [name, flag, expected] of cases) {
    it(`${name} ${flag}`, () => {
      const command = placed({ name, command: [name, flag] }, placement);
      assert.equal(command[0], name);
      assert.equal(command[1], expected);
    });
  }

  it("gives the API server no admission webhooks, and every server a port of its own", () => {
    const flags = (name: string) => placed({ name, command: [name] }, placement).slice(1);
    assert.deepEqual(flags("kube-apiserver"), [
      "--bind-address=127.0.0.1",
      "--disable-admission-plugins=MutatingAdmissionWebhook,ValidatingAdmissionWebhook",
    ]);
    assert.deepEqual(flags("kube-controller-manager"), ["--secure-port=1005", "--leader-elect=false"]);
    assert.deepEqual(flags("kube-scheduler"), ["--secure-port=1006", "--leader-elect=false"]);
    assert.deepEqual(flags("etcd"), []);
  });

  it("changes nothing of the configuration but where certificates lie, and that one is for this machine", () => {
    const configuration =
      "kind: InitConfiguration\n---\nkind: ClusterConfiguration\nclusterName: lab\napiServer:\n  certSANs:\n    - localhost\n    - a.example.org\n";
    assert.equal(
      labConfiguration(configuration, "/lab/node"),
      `${configuration}    - 127.0.0.1\ncertificatesDir: /lab/node/etc/kubernetes/pki\n`,
    );
  });

  it("never gives one port twice", async () => {
    const ports = await freePorts(50);
    assert.equal(new Set(ports).size, 50);
  });
});
