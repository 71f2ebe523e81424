import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import type { Missing, Rendered } from "../../network/charts.js";

/** Workloads with pods: a chart's, or one made of a chart's values. */
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

/** Images that a chart's values name. */
function imagesIn(values: Values, whole = values): string[] {
  return Object.entries(values).flatMap(([key, value]): string[] => {
    if (key === "image" && typeof value === "string") return [value];
    if (typeof value !== "object" || value === null) return [];
    const { repository, name } = value as Values;
    if (key === "image" && repository) return [repository];
    if (key === "image" && name) return [`${whole["imageRegistry"]}/${whole["imageNamespace"]}/${name}`];
    return imagesIn(value as Values, whole);
  });
}

/** Values of the program over a chart's own, as Helm lays them. */
function over(defaults: Values, values: Values): Values {
  const isMap = (value: unknown): value is Values =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = Object.entries(values).map(([key, value]) => {
    const before = defaults[key];
    return [key, isMap(before) && isMap(value) ? over(before, value) : value];
  });
  return { ...defaults, ...Object.fromEntries(entries) };
}

const data = fileURLToPath(new URL("../../../../../shared/data/charts/", import.meta.url));

/** Images of what the program leaves off: the Job that labels Velero's namespace. */
const unused = ["registry.k8s.io/kubectl"];

/** A pod for each image that the values name of a chart that is not at hand, where the chart's own values are. */
export function podsByValues({ chart, version, namespace, values }: Missing): Pods[] {
  const file = join(data, `${chart}-${version}`, "values.yaml");
  if (!existsSync(file)) return [];
  const named = imagesIn(over(parse(readFileSync(file, "utf8")) as Values, values));
  const images = [...new Set(named)].filter((image) => !unused.includes(image));
  assert.ok(images.length > 0, `${file} names no image`);
  return images.map((image, index) => ({
    title: `${chart}, by its values: ${image}`,
    namespace,
    serviceAccount: "default",
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `${chart}-${index}`, namespace },
      spec: { containers: [{ name: "it", image: /:[^/]+$/.test(image) ? image : `${image}:1.0.0` }] },
    },
  }));
}
