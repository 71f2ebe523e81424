import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { backupDashboard } from "../../../../components/backups/backupDashboard.js";
import { debian } from "../../../../cli/test/packages.js";
import { end, length, openMetrics } from "./recorded.js";
import { Server } from "./server.js";

interface Target {
  refId: string;
  expr: string;
  legendFormat: string;
  instant?: boolean;
}

/** A panel, as Grafana reads it. */
interface Panel {
  title: string;
  targets: Target[];
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig: { defaults: { thresholds?: { steps: { value: number | null; color: string }[] } } };
}

const { panels } = JSON.parse(JSON.stringify(backupDashboard())) as { panels: Panel[] };

describe("the dashboard, with a real Prometheus over recorded series", () => {
  const prometheus = new Server();

  /** What Grafana would ask for that query. */
  async function ask({ expr, instant }: Pick<Target, "expr" | "instant">): Promise<any[]> {
    const time: Record<string, string> = instant
      ? { time: String(end) }
      : { start: String(end - length), end: String(end), step: "60" };
    const query = new URLSearchParams({ query: expr, ...time }).toString();
    const { data } = await prometheus.call(`/api/v1/${instant ? "query" : "query_range"}?${query}`);
    return data.result as any[];
  }

  /** Values of the one query of a panel, by what its legend says. */
  async function shown(title: string, label: string): Promise<Record<string, number>> {
    const panel = panels.find((panel) => panel.title === title)!;
    const results = await ask(panel.targets[0]!);
    return Object.fromEntries(results.map(({ metric, value }) => [metric[label] ?? "", Number(value[1])]));
  }

  /** The colour a panel gives to a value. */
  function colour(title: string, value: number): string {
    const { steps } = panels.find((panel) => panel.title === title)!.fieldConfig.defaults.thresholds!;
    return steps.filter((step) => step.value === null || value >= step.value).at(-1)!.color;
  }

  before(async () => {
    const { folder } = prometheus;
    writeFileSync(join(folder, "series.txt"), openMetrics());
    const made = spawnSync(
      debian("promtool"),
      ["tsdb", "create-blocks-from", "openmetrics", "series.txt", "data"],
      { cwd: folder, encoding: "utf8" },
    );
    assert.equal(made.status, 0, `${made.stdout}${made.stderr}`);
    writeFileSync(join(folder, "prometheus.yml"), "global: {}\n");
    await prometheus.start("prometheus", [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      "--storage.tsdb.retention.time=100y",
      "--log.level=warn",
    ]);
  });
  after(() => prometheus.stop());

  for (const { title, targets } of panels) {
    for (const target of targets) {
      it(`${title}: ${target.expr}`, async () => {
        const results = await ask(target);
        assert.ok(results.length > 0, "the query returns nothing");
        for (const [, label] of target.legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
          for (const { metric } of results) assert.ok(metric[label!], `a series has no label ${label}`);
        }
      });
    }
  }

  it("finds nothing where nothing was recorded", async () => {
    assert.deepEqual(await ask({ expr: "backup_sucess", instant: true }), []);
  });

  it("colours the age green below 25 hours, yellow to 48 hours, then red", async () => {
    const ages = await shown("Age", "job");
    assert.deepEqual(ages, { restic_k8s_data: 14 * 3600, restic_host: 30 * 3600, pg_dump: 50 * 3600 });
    const colours = Object.entries(ages).map(([job, age]) => [job, colour("Age", age)]);
    assert.deepEqual(Object.fromEntries(colours), {
      restic_k8s_data: "green",
      restic_host: "yellow",
      pg_dump: "red",
    });
  });

  it("colours the bucket yellow from 85 %, red from 95 %, and sums up its folders", async () => {
    assert.deepEqual(await shown("Bucket", "job"), { "": (100 * 6.2e9) / 21_474_836_480 });
    assert.deepEqual(
      [84.9, 85, 94.9, 95].map((percent) => colour("Bucket", percent)),
      ["green", "yellow", "yellow", "red"],
    );
  });

  it("leaves out backups made by hand", async () => {
    assert.deepEqual(Object.keys(await shown("Velero", "schedule")).sort(), [
      "backstage-daily",
      "harbor-daily",
    ]);
  });

  it("lays its panels out side by side, none over another, none beyond the edge", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      assert.ok(x + w <= 24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`);
    });
    assert.equal(new Set(cells).size, cells.length);
  });

  it("gives every query of a panel a letter of its own", () => {
    for (const { title, targets } of panels) {
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    }
  });
});
