import { tlsMinVersion, type Measure } from "./measure.js";

const pki = "/etc/kubernetes/pki";
const noProfiling = { setBy: "program", flags: { profiling: "false" } } as const;
const localOnly = { setBy: "kubeadm", flags: { "bind-address": "127.0.0.1" } } as const;
const newestTls = { setBy: "program", flags: { "tls-min-version": tlsMinVersion } } as const;

/** Checks 1.3 of the benchmark. */
export const controllerManagerMeasures: Measure[] = [
  {
    id: "1.3.1",
    title: "Terminated pods are collected",
    setBy: "program",
    flags: { "terminated-pod-gc-threshold": "100" },
    note: "room for the last days of a small cluster's jobs; the default of 12,500 is made for thousands of nodes",
  },
  { id: "1.3.2", title: "No profiling", ...noProfiling },
  {
    id: "1.3.3",
    title: "Each controller has its own ServiceAccount",
    setBy: "kubeadm",
    flags: { "use-service-account-credentials": "true" },
  },
  {
    id: "1.3.4",
    title: "Key that signs ServiceAccount tokens",
    setBy: "kubeadm",
    flags: { "service-account-private-key-file": `${pki}/sa.key` },
  },
  {
    id: "1.3.5",
    title: "CA that pods are given",
    setBy: "kubeadm",
    flags: { "root-ca-file": `${pki}/ca.crt` },
  },
  {
    id: "1.3.6",
    title: "Serving certificates of kubelets can rotate",
    setBy: "default",
    never: { "feature-gates": "RotateKubeletServerCertificate=false" },
  },
  { id: "1.3.7", title: "Listens on the node alone", ...localOnly },
  { id: "tls-min-version", title: "TLS 1.3", ...newestTls },
];

/** Checks 1.4 of the benchmark. */
export const schedulerMeasures: Measure[] = [
  { id: "1.4.1", title: "No profiling", ...noProfiling },
  { id: "1.4.2", title: "Listens on the node alone", ...localOnly },
  { id: "tls-min-version", title: "TLS 1.3", ...newestTls },
];

/** Checks 2 of the benchmark: kubeadm meets them all. */
export const etcdMeasures: Measure[] = [
  {
    id: "2.1",
    title: "Serving certificate",
    setBy: "kubeadm",
    flags: { "cert-file": `${pki}/etcd/server.crt`, "key-file": `${pki}/etcd/server.key` },
  },
  {
    id: "2.2",
    title: "Clients show a certificate",
    setBy: "kubeadm",
    flags: { "client-cert-auth": "true" },
  },
  { id: "2.3", title: "No certificate made up by itself", setBy: "default", never: { "auto-tls": "true" } },
  {
    id: "2.4",
    title: "Certificate between members",
    setBy: "kubeadm",
    flags: { "peer-cert-file": `${pki}/etcd/peer.crt`, "peer-key-file": `${pki}/etcd/peer.key` },
  },
  {
    id: "2.5",
    title: "Members show a certificate",
    setBy: "kubeadm",
    flags: { "peer-client-cert-auth": "true" },
  },
  {
    id: "2.6",
    title: "No certificate between members made up by itself",
    setBy: "default",
    never: { "peer-auto-tls": "true" },
  },
  {
    id: "2.7",
    title: "A CA of its own",
    setBy: "kubeadm",
    flags: { "trusted-ca-file": `${pki}/etcd/ca.crt`, "peer-trusted-ca-file": `${pki}/etcd/ca.crt` },
  },
];

/** Check 4.3 of the benchmark. */
export const kubeProxyMeasures: Measure[] = [
  {
    id: "4.3.1",
    title: "Metrics on the node alone",
    setBy: "program",
    fields: { metricsBindAddress: "127.0.0.1:10249" },
    // https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
    note: "in a cluster that is made with the kubeadm configuration. In one that exists nothing is changed: there it is kube-proxy's default, unless its ConfigMap says otherwise",
  },
];
