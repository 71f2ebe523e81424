import { edited } from "../../node/given.js";
import { otherPolicy } from "../world.js";
import { flag, inKubeadm, type Files } from "./files.js";
import { encryption, key, type ControlPlane } from "./taken.js";

type Broken = [
  what: string,
  files: Files,
  component: string,
  reason: RegExp,
  settings?: (controlPlane: ControlPlane) => ControlPlane,
];

/** What a trial of the component finds. All of them are made where `taken` is in effect. */
export const broken: Broken[] = [
  [
    "an audit policy with a level that is none",
    otherPolicy("level: Metadata", "level: Metadatta"),
    "kube-apiserver",
    /Unsupported value: .*Metadatta/,
  ],
  [
    "an encryption key of another length",
    edited(/enc\.yaml/, /(name: key4\n +secret: )\S+/, "$1YWJj"),
    "kube-apiserver",
    /secret is not of the expected length/,
    encryption((keys) => ({ keys: [...keys, key("key4")] })),
  ],
  [
    "an authentication configuration that names no issuer",
    edited(/authentication/, /^kind: AuthenticationConfiguration$/m, "$&\njwt: [{}]"),
    "kube-apiserver",
    /jwt\[0\]\.issuer\.url: Required value/,
  ],
  [
    "a flag that is none",
    flag("apiServer", "no-such-flag", "x"),
    "kube-apiserver",
    /unknown flag: --no-such-flag/,
  ],
  [
    "a wrong value of a flag of the controller manager",
    flag("controllerManager", "node-monitor-period", "x"),
    "kube-controller-manager",
    /invalid argument "x" for "--node-monitor-period" flag/,
  ],
  [
    "a wrong value of a flag of the scheduler",
    flag("scheduler", "kube-api-burst", "x"),
    "kube-scheduler",
    /invalid argument "x" for "--kube-api-burst" flag/,
  ],
  [
    "a wrong setting of the kubelet",
    inKubeadm("tlsMinVersion: VersionTLS13", "tlsMinVersion: VersionTLS99"),
    "kubelet",
    /unknown tls version .*VersionTLS99/,
  ],
  [
    "a wrong setting of etcd",
    inKubeadm("name: quota-backend-bytes\n", "name: cipher-suites\n"),
    "etcd",
    /unexpected TLS cipher suite/,
  ],
];

/** What only shows when the component runs in its own place: on the node's network, and with the files of its container. */
export const takenBack: Broken[] = [
  [
    "an address of the API server that the node does not have",
    flag("apiServer", "bind-address", "192.0.2.99"),
    "kube-apiserver",
    /cannot assign requested address/,
  ],
  [
    "a certificate of the scheduler that its container does not have",
    (files) =>
      flag(
        "scheduler",
        "tls-cert-file",
        "/etc/kubernetes/pki/apiserver.crt",
      )(flag("scheduler", "tls-private-key-file", "/etc/kubernetes/pki/apiserver.key")(files)),
    "kube-scheduler",
    /apiserver\.crt: no such file or directory/,
  ],
  [
    "such a certificate of etcd",
    inKubeadm(
      / +- name: quota-backend-bytes\n/,
      "    - name: peer-trusted-ca-file\n      value: /etc/kubernetes/pki/ca.crt\n$&",
    ),
    "etcd",
    /ca\.crt: no such file or directory/,
  ],
  [
    "a cgroup for pods that is none",
    inKubeadm("podPidsLimit:", "cgroupRoot: /nowhere\npodPidsLimit:"),
    "the kubelet",
    /cgroup .*nowhere.* has some missing paths/,
  ],
];
