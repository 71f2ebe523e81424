import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  type DataSourceRef,
  ReduceDataOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import * as gauge from "@grafana/grafana-foundation-sdk/gauge";
import * as piechart from "@grafana/grafana-foundation-sdk/piechart";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { nearLimitPercent, staleSeconds } from "./backupAlerts.js";

const hour = 3600;

/** A day and an hour: one run, and some time for it to end. */
const lateSeconds = 25 * hour;

const fullPercent = 95;

const datasource: DataSourceRef = { type: "prometheus", uid: "${datasource}" };

const query = (expr: string, legend: string, refId = "A") =>
  new DataqueryBuilder().expr(expr).legendFormat(legend).refId(refId).datasource(datasource);

const now = (expr: string, legend: string) => query(expr, legend).instant();

const thresholds = (...steps: [value: number | null, color: string][]) =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));

const last = new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false);

/** A row of numbers, one for each series. */
const numbers = (title: string, description: string) =>
  new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .reduceOptions(last)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Background)
    .height(5);

/** How much of something free is used. */
const percent = (title: string, description: string) =>
  new gauge.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .reduceOptions(last)
    .unit("percent")
    .min(0)
    .max(100)
    .thresholds(thresholds([null, "green"], [nearLimitPercent, "yellow"], [fullPercent, "red"]))
    .height(8)
    .span(4);

const overTime = (title: string, description: string) =>
  new timeseries.PanelBuilder().title(title).description(description).datasource(datasource).height(8);

/** "Homelab Backup & Storage": is there a backup, how old is it, can it be restored, and how full is the bucket. */
export function backupDashboard(): Dashboard {
  return panels()
    .reduce(
      (dashboard, panel) => dashboard.withPanel(panel),
      new DashboardBuilder("Homelab Backup & Storage")
        .uid("homelab-backup-storage")
        .tags(["backup", "homelab"])
        .timezone("browser")
        .refresh("5m")
        .time({ from: "now-7d", to: "now" })
        .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
        .readonly(),
    )
    .build();
}

function panels(): Builder<Panel>[] {
  return [
    numbers("Status", "Result of the last run of each job.")
      .withTarget(now("backup_success", "{{job}}"))
      .mappings([
        {
          type: MappingType.ValueToText,
          options: { "0": { text: "FAILED", color: "red" }, "1": { text: "OK", color: "green" } },
        },
      ])
      .thresholds(thresholds([null, "red"], [1, "green"]))
      .span(12),
    numbers("Age", "Time since the last success of each job.")
      .withTarget(now("time() - backup_timestamp", "{{job}}"))
      .unit("s")
      .decimals(1)
      .thresholds(thresholds([null, "green"], [lateSeconds, "yellow"], [staleSeconds, "red"]))
      .span(12),
    numbers("Velero", "Time since the last complete backup of each schedule.")
      .withTarget(now('time() - velero_backup_last_successful_timestamp{schedule!=""}', "{{schedule}}"))
      .unit("s")
      .decimals(1)
      .thresholds(thresholds([null, "green"], [lateSeconds, "yellow"], [staleSeconds, "red"]))
      .span(16),
    numbers("Restore last verified", "Time since a backup was restored and compared with what was saved.")
      .withTarget(now("time() - backup_last_verified_restore_timestamp", "{{prefix}}"))
      .unit("s")
      .decimals(1)
      .thresholds(thresholds([null, "green"], [8 * 24 * hour, "yellow"], [35 * 24 * hour, "red"]))
      .span(8),
    percent("Bucket", "Part of what it may hold, 20 GB in the free tier.").withTarget(
      now("100 * sum(oci_bucket_size_bytes) / max(oci_bucket_limit_bytes)", "used"),
    ),
    percent("Requests", "Part of a month's free requests that will be used, estimated.").withTarget(
      now("100 * sum(oci_bucket_requests_per_month) / max(oci_bucket_requests_per_month_limit)", "used"),
    ),
    new piechart.PanelBuilder()
      .title("Size by folder")
      .description("What fills the bucket.")
      .datasource(datasource)
      .withTarget(now("oci_bucket_size_bytes", "{{prefix}}"))
      .reduceOptions(last)
      .pieType(piechart.PieChartType.Donut)
      .unit("bytes")
      .height(8)
      .span(5),
    new bargauge.PanelBuilder()
      .title("Objects by folder")
      .description("Number of objects in the bucket.")
      .datasource(datasource)
      .withTarget(now("oci_bucket_object_count", "{{prefix}}"))
      .reduceOptions(last)
      .unit("short")
      .thresholds(thresholds([null, "blue"]))
      .height(8)
      .span(5),
    overTime("Size over time", "Size of each folder of the bucket.")
      .withTarget(query("oci_bucket_size_bytes", "{{prefix}}"))
      .unit("bytes")
      .span(6),
    overTime("Duration", "How long each job took.")
      .withTarget(query("backup_duration_seconds", "{{job}}"))
      .unit("s")
      .span(8),
    overTime("Files", "Files that were new or changed.")
      .withTarget(query("backup_files_new", "{{job}} new"))
      .withTarget(query("backup_files_changed", "{{job}} changed", "B"))
      .unit("short")
      .span(8),
    overTime("Size of the PostgreSQL dump", "The compressed dump of all databases.")
      .withTarget(query("pg_dump_size_bytes", "dump"))
      .unit("bytes")
      .span(8),
  ];
}
