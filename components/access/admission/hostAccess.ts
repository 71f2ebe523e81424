import { baseline, validationsOf, variablesOf } from "./baseline.js";
import { beyondBaseline } from "./beyond.js";
import { any, podSpecOf, celText } from "./cel.js";
import { unchangedPod, workloads, type AdmissionPolicy } from "./policy.js";

/** A ServiceAccount whose pods may mount some folders of their node, with what is below these. */
export interface HostPathUser {
  namespace: string;
  serviceAccount: string;
  folders: { path: string; /** Default: false. */ readOnly?: boolean }[];
  /** Why nothing less will do. */
  reason: string;
}

/**
 * Pods stay inside their container, as Pod Security's level baseline has it: none is privileged or shares a namespace of the
 * node, and only the listed ones mount folders of the node. And they have no part in the node's own network or ranking.
 */
export function hostAccessPolicy(users: readonly HostPathUser[]): AdmissionPolicy {
  const containers = ["containers", "initContainers", "ephemeralContainers"]
    .map((kind) => `variables.podSpec.?${kind}.orValue([])`)
    .join(" + ");
  const mayMount = any(
    users.map(
      ({ namespace, serviceAccount, folders }) =>
        `request.namespace == ${celText(namespace)} && ` +
        `variables.podSpec.?serviceAccountName.orValue("default") == ${celText(serviceAccount)} && ` +
        `variables.folders.all(volume, ${any(folders.map(mayMountThat))})`,
    ),
  );
  return {
    name: "cluster-security-host-access",
    rules: workloads,
    variables: [
      { name: "podSpec", expression: podSpecOf("object") },
      { name: "unchanged", expression: unchangedPod },
      { name: "containers", expression: containers },
      {
        name: "privileged",
        expression: `variables.containers.filter(container, container.?securityContext.privileged.orValue(false)).map(container, container.name)`,
      },
      {
        name: "shared",
        expression: `["hostNetwork", "hostPID", "hostIPC"].filter(field, field in variables.podSpec && variables.podSpec[field] == true)`,
      },
      {
        name: "folders",
        expression: "variables.podSpec.?volumes.orValue([]).filter(volume, has(volume.hostPath))",
      },
      { name: "mounted", expression: "variables.folders.map(volume, volume.hostPath.path)" },
      ...variablesOf([...baseline, ...beyondBaseline]),
    ],
    validations: [
      {
        expression: "variables.unchanged || variables.privileged.size() == 0",
        messageExpression:
          '"privileged: container " + variables.privileged.join(", ") + "; a privileged container is root on its node. Take ' +
          'securityContext.privileged out"',
      },
      {
        expression: "variables.unchanged || variables.shared.size() == 0",
        messageExpression:
          '"shares its node\'s namespaces: " + variables.shared.join(", ") + "; take the field out: policies of the network ' +
          'and of other pods do not hold there"',
      },
      {
        expression: `variables.unchanged || variables.mounted.size() == 0 || ${mayMount}`,
        messageExpression:
          '"mounts folders of its node: " + variables.mounted.join(", ") + "; use a PersistentVolumeClaim, a ConfigMap or an ' +
          'emptyDir instead of hostPath"',
      },
      ...validationsOf([...baseline, ...beyondBaseline]),
    ],
  };
}

/** Whether `volume` is that folder or one below it, read-only if it has to be. The API server refuses a path with `..`. */
function mayMountThat({ path, readOnly = false }: HostPathUser["folders"][number]): string {
  const isBelow = `(volume.hostPath.path == ${celText(path)} || volume.hostPath.path.startsWith(${celText(`${path}/`)}))`;
  if (!readOnly) return isBelow;
  return (
    `(${isBelow} && variables.containers.all(container, container.?volumeMounts.orValue([]).all(mount, ` +
    "mount.name != volume.name || mount.?readOnly.orValue(false))))"
  );
}
