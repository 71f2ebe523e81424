import { charts, type ChartName } from "../../components/common/charts.js";
import { fetchedCharts } from "../../cli/kit/charts.js";
import { Charts, type ChartFiles } from "../../cli/plan/providers/kubernetes/charts.js";
import { skip } from "./skip.js";

const fetched = fetchedCharts();

/** Folders with chart archives: the one that CHARTS names, and the one that `npm run tools` has filled. */
export const chartFolders = [process.env["CHARTS"], fetched?.charts].filter((folder) => folder !== undefined);

const known = new Charts(chartFolders);

/** Folder with CustomResourceDefinitions; undefined where `npm run tools` has not fetched them. */
export const crds = fetched?.crds;

/** The pinned chart; undefined where it is not at hand. */
export function chartFiles(name: ChartName): ChartFiles | undefined {
  const { chart, version } = charts[name];
  return known.find(chart, version);
}

/** The pinned chart; skips the test where it is not at hand. */
export function demandChart(test: Mocha.Context, name: ChartName): ChartFiles {
  const archive = `${name}-${charts[name].version}.tgz`;
  const advice = "npm run tools fetches some charts, CHARTS names a folder with others";
  return chartFiles(name) ?? skip(test, `no ${archive}: ${advice}`);
}

/** Skips the test where the definitions are not at hand. */
export function demandCrds(test: Mocha.Context): string {
  return crds ?? skip(test, "no CustomResourceDefinitions; npm run tools fetches them");
}
