import { tlsMinVersion, type Measure } from "./measure.js";

/** Checks 4.2 of the benchmark, and what is often asked for in addition. */
export const kubeletMeasures: Measure[] = [
  {
    id: "4.2.1",
    title: "No anonymous requests",
    setBy: "kubeadm",
    fields: { "authentication.anonymous.enabled": false },
  },
  {
    id: "4.2.2",
    title: "Authorization by the API server",
    setBy: "kubeadm",
    fields: { "authorization.mode": "Webhook" },
  },
  {
    id: "4.2.3",
    title: "CA of client certificates",
    setBy: "kubeadm",
    fields: { "authentication.x509.clientCAFile": "/etc/kubernetes/pki/ca.crt" },
  },
  { id: "4.2.4", title: "No port without authentication", setBy: "default", fields: { readOnlyPort: 0 } },
  {
    id: "4.2.5",
    title: "Idle streams end",
    setBy: "program",
    fields: { streamingConnectionIdleTimeout: "5m0s" },
    note: "the kubelet of today leaves streams to the container runtime, whose own limit counts (containerd: stream_idle_timeout)",
  },
  {
    id: "4.2.6",
    title: "The kubelet keeps its iptables chains",
    setBy: "program",
    fields: { makeIPTablesUtilChains: true },
  },
  {
    id: "4.2.7",
    title: "The host's own name",
    setBy: "default",
    never: { "hostname-override": "" },
    note: "kubeadm adds the flag where the node's name in the settings is not the host's",
  },
  {
    id: "4.2.8",
    title: "Events are recorded, within limits",
    setBy: "program",
    fields: { eventRecordQPS: 50 },
    note: "0 would be no limit, and a way to flood the API server",
  },
  {
    id: "4.2.9",
    title: "Serving certificate from the cluster's CA",
    leftOut:
      "serverTLSBootstrap makes every kubelet ask for one, but nothing in Kubernetes approves these requests: without an approver it has none, and logs, exec and metrics stop",
  },
  {
    id: "4.2.10",
    title: "Client certificate rotates",
    setBy: "kubeadm",
    fields: { rotateCertificates: true },
  },
  {
    id: "4.2.11",
    title: "Serving certificate can rotate",
    setBy: "default",
    never: { "feature-gates": "RotateKubeletServerCertificate=false" },
  },
  {
    id: "4.2.12",
    title: "Strong ciphers only",
    leftOut:
      "the kubelet speaks TLS 1.3 alone (tls-min-version), whose suites are not for choosing: it ignores tlsCipherSuites then, with a warning at each start",
  },
  {
    id: "4.2.13",
    title: "A pod cannot use up the node's process ids",
    setBy: "program",
    fields: { podPidsLimit: 4096 },
    note: "far above what PostgreSQL, Harbor or a JVM use, far below the 32,768 and more of a node",
  },
  {
    id: "4.2.14",
    title: "The runtime's seccomp profile unless a pod names another",
    setBy: "program",
    fields: { seccompDefault: true },
  },
  { id: "tls-min-version", title: "TLS 1.3", setBy: "program", fields: { tlsMinVersion } },
  {
    id: "protect-kernel-defaults",
    title: "Kernel settings must be the kubelet's",
    leftOut:
      "where one differs the kubelet does not start and the node is gone; without the field it sets vm.overcommit_memory, kernel.panic and the others by itself",
  },
];
