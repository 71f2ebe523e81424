import type { ReleaseOptions } from "../../../components/common/addon.js";
import type { ChartName } from "../../../components/common/charts.js";
import type { Settings } from "../schema.js";

/** What the settings say of the release of a chart. */
export function releaseOptions({ charts, releases }: Settings, chart: ChartName): ReleaseOptions {
  return { chartVersion: charts[chart], timeoutSeconds: releases[chart].timeoutSeconds };
}
