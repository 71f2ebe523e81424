import { schemaFailures } from "../schema.js";
import type { CheckContext, Failure, ResourceKind, Values } from "../standIn.js";
import { unknown } from "../values.js";
import type { Charts } from "./charts.js";
import { generatedName } from "./object.js";

/** A release that was checked, with what it takes to render its manifests. */
export interface PlannedRelease {
  urn: string;
  chart: string;
  version: string;
  name: string;
  namespace: string;
  values: Values;
  /** The chart's archive, where it is at hand. */
  archive?: string;
  /** Version of the chart in the archive, where that is not the release's. */
  archiveVersion?: string;
}

/**
 * A Helm release that is recorded, not installed. Its values are checked against the chart's values.schema.json where
 * that version of the chart is at hand.
 */
export function release(charts: Charts, planned: PlannedRelease[]): ResourceKind {
  return {
    check(inputs, context) {
      const { chart, version, name, namespace, values } = inputs as Partial<PlannedRelease> & {
        chart: string;
      };
      const generated = generatedName(context);
      const defaults = name === undefined ? { name: generated } : {};
      if (version === undefined) {
        return { failures: [{ property: "version", reason: "is required: an exact version" }], defaults };
      }
      if (chart === unknown || version === unknown) return { failures: [], defaults };
      const files = charts.find(chart, version);
      // A replacement is checked twice.
      const before = planned.findIndex(({ urn }) => urn === context.urn);
      planned.splice(before < 0 ? planned.length : before, 1, {
        urn: context.urn,
        chart,
        version,
        name: name ?? generated,
        namespace: namespace ?? "default",
        values: values ?? {},
        archive: files?.archive,
        archiveVersion: files?.otherVersion,
      });
      const failures = files?.schema ? valueFailures(files.schema, values, files.defaults) : [];
      return { failures, defaults };
    },
    replaces: ({ path }) => path[0] === "name" || path[0] === "namespace",
    create: ({ namespace = "default", name, chart, version }: Values, _: CheckContext) => ({
      id: `${namespace}/${name}`,
      outputs: { status: { name, namespace, chart, version, revision: 1, status: "deployed" } },
    }),
  };
}

function valueFailures(schema: Values, values: unknown, defaults: () => Values): Failure[] {
  if (values === undefined || values === unknown) return [];
  return schemaFailures(schema, values as Values, { defaults }).map(({ property, reason }) => ({
    property: property.startsWith("[") || property === "" ? `values${property}` : `values.${property}`,
    reason,
  }));
}
