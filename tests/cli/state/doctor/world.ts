import type { DoctorsCluster, ReleaseRevision } from "../../../../cli/state/doctor/cluster.js";
import type { ApplyLease } from "../../../../cli/state/doctor/lease.js";
import type { StackExport, StateResource } from "../../../../cli/state/stackExport.js";

const urnOf = (type: string, name: string) => `urn:pulumi:musashi::test::${type}::${name}`;

export function resource(type: string, name: string, more: Partial<StateResource> = {}): StateResource {
  return { urn: urnOf(type, name), type, custom: true, ...more };
}

export const secretInputs = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "admin", namespace: "harbor" },
  data: {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: '{"a":"needle"}',
  },
};
export const halfMade = resource("kubernetes:core/v1:Secret", "admin", {
  inputs: secretInputs,
  protect: true,
});
export const account = resource("kubernetes:core/v1:ServiceAccount", "account", {
  inputs: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "account", namespace: "harbor" } },
});
export const patch = resource("kubernetes:core/v1:NamespacePatch", "traefik", {
  inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "traefik" } },
});
export const other = resource("kubernetes:core/v1:NamespacePatch", "other", {
  outputs: { __fieldManager: "pulumi-kubernetes-0a1b2c3d" },
});
export const release = (outputs?: StateResource["outputs"], more: Partial<StateResource> = {}) =>
  resource("kubernetes:helm.sh/v3:Release", "chart", {
    inputs: {
      name: "harbor",
      namespace: "registry",
      chart: "oci://charts.example.org/harbor",
      version: "1.0.0",
      values: { a: 1 },
    },
    outputs,
    ...more,
  });
export const cilium = release(
  { status: { revision: 2 } },
  {
    inputs: { name: "cilium", namespace: "kube-system", chart: "cilium", version: "1.0.0", timeout: 1800 },
  },
);
export const installed = { status: { revision: 2 } };

/** Of every state there is. */
export const root = resource("pulumi:pulumi:Stack", "test-musashi", { custom: false });

export interface World {
  managers?: string[];
  uid?: string;
  /** Status by number. Default: there are none. */
  revisions?: Record<number, string>;
  /** Of every revision. Default: those of the program. */
  chart?: string;
  chartVersion?: string;
  /** Seconds since the last change of every revision. Default: a day. */
  age?: number;
  end?: Date;
  lease?: ApplyLease | "hidden";
}

export function clusterOf({
  managers,
  uid,
  revisions = {},
  age = 86_400,
  end,
  lease,
  ...more
}: World): DoctorsCluster {
  const { chart = "harbor", chartVersion = "v1.0.0" } = more;
  const changed = new Date(Date.now() - age * 1000);
  return {
    certificateEnd: () => end,
    lease: () => Promise.resolve(lease),
    deleteLease: () => Promise.reject(new Error("no Lease is to be deleted")),
    find: () => Promise.resolve(managers && { uid, managers }),
    revisions: () =>
      Promise.resolve(
        Object.entries(revisions).map(([revision, status]): ReleaseRevision => ({
          revision: +revision,
          status,
          chart,
          chartVersion,
          changed,
        })),
      ),
  };
}

export function stateOf(
  resources: StateResource[],
  creating: StateResource[] = [],
  type = "creating",
): StackExport {
  const pending_operations = creating.map((made) => ({ type, resource: made }));
  return { version: 3, deployment: { resources, pending_operations } };
}
