import { tlsMinVersion, type HardeningArgs, type Measure } from "./measure.js";

/** The audit log on the node. Readable by root alone; what ships it reads it from here. */
export const auditLogPath = "/var/log/kubernetes/audit/audit.log";

const admissionPlugins = { "enable-admission-plugins": "NodeRestriction,DenyServiceExternalIPs" };
const pki = "/etc/kubernetes/pki";

/** Checks 1.2 and 3.2 of the benchmark. */
export function apiServerMeasures(args: HardeningArgs): Measure[] {
  return [...authentication(args), ...admission, ...auditing(args), ...encryption(args), ...connections];
}

function authentication({ authenticationConfigPath }: HardeningArgs): Measure[] {
  return [
    {
      id: "1.2.1",
      title: "Anonymous requests",
      setBy: "program",
      flags: { "authentication-config": authenticationConfigPath },
      note: "answered on /livez, /readyz and /healthz alone; with --anonymous-auth=false the kubelet's own probes would fail and it would restart the API server for ever",
    },
    { id: "1.2.2", title: "No file of static tokens", setBy: "default", never: { "token-auth-file": "" } },
    {
      id: "1.2.21",
      title: "A token ends with its ServiceAccount",
      setBy: "program",
      flags: { "service-account-lookup": "true" },
    },
    {
      id: "1.2.22",
      title: "Key that verifies ServiceAccount tokens",
      setBy: "kubeadm",
      flags: { "service-account-key-file": `${pki}/sa.pub` },
    },
    {
      id: "1.2.25",
      title: "CA of client certificates",
      setBy: "kubeadm",
      flags: { "client-ca-file": `${pki}/ca.crt` },
    },
    {
      id: "1.2.30",
      title: "ServiceAccount tokens live an hour",
      setBy: "program",
      flags: { "service-account-extend-token-expiration": "false" },
      note: "extended, a token taken from a pod works for a year; every client library of today reads the renewed one",
    },
    ...["1.2.6", "1.2.7", "1.2.8"].map((id): Measure => ({
      id,
      title: "Authorization by Node and RBAC",
      setBy: "kubeadm",
      flags: { "authorization-mode": "Node,RBAC" },
    })),
  ];
}

const admission: Measure[] = [
  {
    id: "1.2.3",
    title: "No Service claims an external IP",
    setBy: "program",
    flags: admissionPlugins,
    note: "CVE-2020-8554: everybody who may make a Service could take over traffic to any address",
  },
  {
    id: "1.2.9",
    title: "Events are rate limited",
    leftOut:
      "EventRateLimit is alpha, and one noisy namespace would use up the events of all others; API Priority and Fairness already gives each client its share",
  },
  {
    id: "1.2.10",
    title: "Requests are not admitted unseen",
    setBy: "default",
    never: { "enable-admission-plugins": "AlwaysAdmit" },
  },
  {
    id: "1.2.11",
    title: "Images are pulled anew for every pod",
    leftOut:
      "no pod could start while its registry is away, and Harbor runs in this very cluster; since 1.35 the kubelet itself checks that a pod may use an image that another one has pulled",
  },
  {
    id: "1.2.12",
    title: "Pods get a ServiceAccount",
    setBy: "default",
    never: { "disable-admission-plugins": "ServiceAccount" },
  },
  {
    id: "1.2.13",
    title: "Namespaces keep their life cycle",
    setBy: "default",
    never: { "disable-admission-plugins": "NamespaceLifecycle" },
  },
  { id: "1.2.14", title: "A kubelet changes only its own node", setBy: "program", flags: admissionPlugins },
];

function auditing({ audit }: HardeningArgs): Measure[] {
  return [
    { id: "1.2.16", title: "Audit log", setBy: "program", flags: { "audit-log-path": auditLogPath } },
    {
      id: "1.2.17",
      title: "Days an audit log is kept",
      setBy: "program",
      flags: { "audit-log-maxage": String(audit.maxAgeDays) },
    },
    {
      id: "1.2.18",
      title: "Rotated audit logs kept",
      setBy: "program",
      flags: { "audit-log-maxbackup": String(audit.maxBackups) },
    },
    {
      id: "1.2.19",
      title: "Megabytes at which the audit log rotates",
      setBy: "program",
      flags: { "audit-log-maxsize": String(audit.maxSizeMB) },
    },
    ...["3.2.1", "3.2.2"].map((id): Measure => ({
      id,
      title: "Audit policy that covers the key concerns",
      setBy: "program",
      flags: { "audit-policy-file": audit.policyPath },
    })),
  ];
}

function encryption({ encryptionConfigPath }: HardeningArgs): Measure[] {
  return [
    {
      id: "1.2.27",
      title: "Secrets are encrypted in etcd",
      setBy: "program",
      flags: { "encryption-provider-config": encryptionConfigPath },
    },
    {
      id: "1.2.28",
      title: "By a provider that encrypts",
      setBy: "program",
      flags: {
        "encryption-provider-config": encryptionConfigPath,
        "encryption-provider-config-automatic-reload": "true",
      },
      note: "secretbox or aescbc; the file is read again when it changes, so that a rotation restarts nothing",
    },
  ];
}

const connections: Measure[] = [
  {
    id: "1.2.4",
    title: "Client certificate towards kubelets",
    setBy: "kubeadm",
    flags: {
      "kubelet-client-certificate": `${pki}/apiserver-kubelet-client.crt`,
      "kubelet-client-key": `${pki}/apiserver-kubelet-client.key`,
    },
  },
  {
    id: "1.2.5",
    title: "CA of the kubelets' serving certificates",
    leftOut:
      "a kubelet signs its serving certificate itself here (see 4.2.9), so the API server could reach none of them: no logs, exec or metrics",
  },
  { id: "1.2.15", title: "No profiling", setBy: "program", flags: { profiling: "false" } },
  {
    id: "1.2.20",
    title: "Requests end",
    setBy: "program",
    flags: { "request-timeout": "60s" },
    note: "the default, said aloud: the benchmark's 300s would hold a stalled connection five times as long",
  },
  {
    id: "1.2.23",
    title: "Client certificate towards etcd",
    setBy: "kubeadm",
    flags: {
      "etcd-certfile": `${pki}/apiserver-etcd-client.crt`,
      "etcd-keyfile": `${pki}/apiserver-etcd-client.key`,
    },
  },
  {
    id: "1.2.24",
    title: "Serving certificate",
    setBy: "kubeadm",
    flags: { "tls-cert-file": `${pki}/apiserver.crt`, "tls-private-key-file": `${pki}/apiserver.key` },
  },
  { id: "1.2.26", title: "CA of etcd", setBy: "kubeadm", flags: { "etcd-cafile": `${pki}/etcd/ca.crt` } },
  {
    id: "1.2.29",
    title: "Strong ciphers only",
    setBy: "program",
    flags: {
      "tls-cipher-suites": "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256",
    },
    note: "the suites of TLS 1.3, which is all that is spoken",
  },
  { id: "tls-min-version", title: "TLS 1.3", setBy: "program", flags: { "tls-min-version": tlsMinVersion } },
];
