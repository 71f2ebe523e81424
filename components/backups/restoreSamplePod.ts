import type { core } from "@pulumi/kubernetes/types/input.js";
import { sampleContainer, sampleName, sampleNamespaces } from "./restoreSampleNames.js";

/** Any but root will do. */
const user = 65532;

/** Velero gives its own container, which waits for the files, the context of the first one here: it has to pass as well. */
const hardened = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  seccompProfile: { type: "RuntimeDefault" },
};

const resources = {
  requests: { cpu: "5m", memory: "8Mi" },
  limits: { memory: "64Mi" },
};

/**
 * A pod that sleeps. That of the component `files` first fills its volume, unless it has come back filled; the others are
 * never started.
 */
export function samplePod(image: string, component: string, restartPolicy?: string): core.v1.PodSpec {
  const container = { image, imagePullPolicy: "IfNotPresent", securityContext: hardened, resources };
  const sleeping = { ...container, name: sampleContainer, command: ["sleep", "2147483647"] };
  const pod = {
    serviceAccountName: sampleName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { fsGroup: user, runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    // There is nothing to shut down.
    terminationGracePeriodSeconds: 1,
    ...(restartPolicy ? { restartPolicy } : {}),
    containers: [sleeping],
  };
  if (component !== sampleContainer) return pod;
  const data = { name: "data", mountPath: "/data" };
  return {
    ...pod,
    volumes: [
      { name: "data", persistentVolumeClaim: { claimName: sampleName } },
      { name: "config", configMap: { name: sampleName } },
    ],
    initContainers: [
      {
        ...container,
        name: "fill",
        command: ["sh", "/config/fill.sh", "/data"],
        env: [
          { name: "HOME_NAMESPACE", value: sampleNamespaces.home },
          { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        ],
        volumeMounts: [data, { name: "config", mountPath: "/config", readOnly: true }],
      },
    ],
    containers: [{ ...sleeping, volumeMounts: [data] }],
  };
}
