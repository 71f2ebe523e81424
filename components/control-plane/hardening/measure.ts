/** The processes of a control-plane node that the list speaks about. */
export type HardenedComponent =
  "apiserver" | "controllerManager" | "scheduler" | "etcd" | "kubelet" | "kubeProxy";

/**
 * One measure and how it is met:
 * - `flags` and `fields` hold the values the process runs with. `program` renders them, `kubeadm` writes them by itself,
 *   `default` is what the process does unless told otherwise.
 * - `never` names what must not be said: a flag and the value it must not hold ("" for any).
 * - `leftOut` is the reason why the measure is not taken.
 */
export type Measure = {
  /** Number of the check in the CIS Kubernetes Benchmark 1.12; a name where the benchmark has no such check. */
  id: string;
  title: string;
  /** Where the value needs a reason, or is not the benchmark's. */
  note?: string;
} & (
  | { setBy: "program" | "kubeadm"; flags: Record<string, string> }
  | { setBy: "program" | "kubeadm" | "default"; fields: Record<string, string | number | boolean> }
  | { setBy: "default"; never: Record<string, string> }
  | { leftOut: string }
);

/** What the flags depend on. */
export interface HardeningArgs {
  /** The audit policy's file, and how long and how large the log may get. */
  audit: {
    policyPath: string;
    /** Days a rotated log is kept. */
    maxAgeDays: number;
    /** Rotated logs kept. */
    maxBackups: number;
    /** Megabytes at which it rotates. */
    maxSizeMB: number;
  };
  encryptionConfigPath: string;
  authenticationConfigPath: string;
}

/**
 * Every process of the cluster and every client in use speaks TLS 1.3; older versions only serve downgrade attacks.
 */
export const tlsMinVersion = "VersionTLS13";
