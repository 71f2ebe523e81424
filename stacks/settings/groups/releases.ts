import { z } from "zod";
import { chartNames, charts, type ChartName } from "../../../components/common/charts.js";

function release(name: ChartName) {
  const { timeoutSeconds } = charts[name];
  return z
    .strictObject({
      timeoutSeconds: z
        .int()
        .min(60)
        .max(7200)
        .default(timeoutSeconds)
        .describe("Seconds until every object of the release must be ready, its images pulled."),
    })
    .prefault({})
    .describe(`The release of the chart ${name}.`);
}

type ReleaseSettings = Record<ChartName, ReturnType<typeof release>>;

export const releases = z
  .strictObject(Object.fromEntries(chartNames.map((name) => [name, release(name)])) as ReleaseSettings)
  .prefault({})
  .describe("Helm releases: how long each may take. Raise a limit where images are pulled over a slow link.");
