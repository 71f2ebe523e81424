import type { Values } from "../../../../cli/plan/providers/standIn.js";
import type { Rendered } from "../../network/charts.js";

/** A workload with pods of a chart. */
interface Pods {
  title: string;
  namespace: string;
  serviceAccount: string;
  object: Values;
}

const kinds = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];

export function podsOf({ chart, namespace, objects }: Rendered): Pods[] {
  return objects
    .filter(({ kind }) => kinds.includes(kind))
    .map((object) => {
      const spec = object["spec"];
      const template = spec.jobTemplate?.spec.template.spec ?? spec.template?.spec ?? spec;
      return {
        title: `${chart}: ${object["kind"]} ${object["metadata"].name}`,
        namespace: object["metadata"].namespace ?? namespace,
        serviceAccount: template.serviceAccountName ?? "default",
        object: {
          ...object,
          metadata: { ...object["metadata"], namespace: object["metadata"].namespace ?? namespace },
        },
      };
    });
}
