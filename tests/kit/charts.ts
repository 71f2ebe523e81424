import { charts, type ChartName } from "../../components/common/charts.js";
import { fetchedCharts } from "../../cli/kit/charts.js";
import { Charts, type ChartFiles } from "../../cli/plan/providers/kubernetes/charts.js";

const fetched = fetchedCharts();

/** Folders with chart archives: the one that CHARTS names, and the one that `npm run tools` has filled. */
export const chartFolders = [process.env["CHARTS"], fetched?.charts].filter((folder) => folder !== undefined);

const known = new Charts(chartFolders);

/** Folder with CustomResourceDefinitions; undefined where `npm run tools` has not fetched them. */
export const crds = fetched?.crds;

/** The pinned chart; undefined, saying how to get it, where it is not at hand. */
export function chartFiles(name: ChartName): ChartFiles | undefined {
  const { chart, version } = charts[name];
  const files = known.find(chart, version);
  if (files === undefined) {
    console.log(
      `      no ${name}-${version}.tgz: npm run tools fetches some charts, CHARTS names a folder with others`,
    );
  }
  return files;
}

/** The pinned chart; skips the test, saying how to get it, where it is not at hand. */
export function demandChart(test: Mocha.Context, name: ChartName): ChartFiles {
  return chartFiles(name) ?? test.skip();
}

/** Skips the test, saying how to get them, where the definitions are not at hand. */
export function demandCrds(test: Mocha.Context): string {
  if (crds === undefined)
    console.log("      skipped: no CustomResourceDefinitions; npm run tools fetches them");
  return crds ?? test.skip();
}
