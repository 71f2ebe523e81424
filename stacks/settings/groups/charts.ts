import { z } from "zod";
import { chartNames } from "../../../components/common/charts.js";
import { text } from "../fields/text.js";

export const chartVersions = z
  .partialRecord(
    z.enum(chartNames),
    text("An exact chart version.", (value) =>
      /^v?(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(value)
        ? undefined
        : `"${value}" is not an exact version such as 1.19.1; ranges are not allowed`,
    ),
  )
  .default({})
  .meta({
    description: "Chart versions that differ from the defaults in components/common/charts.ts.",
    examples: [{ velero: "12.1.0" }],
  });
