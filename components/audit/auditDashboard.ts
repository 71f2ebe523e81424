import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  TextBoxVariableBuilder,
  type Dashboard,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/loki";
import { auditQueries, type AuditFilter } from "./auditQueries.js";

/** The source of data is chosen in Grafana: what it is called differs from one cluster to the next. */
const datasource = { type: "loki", uid: "${datasource}" };

/** What the queries leave open, as fields of the dashboard. */
const filters: Record<keyof AuditFilter, string> = {
  user: "User (regular expression)",
  namespace: "Namespace (regular expression)",
  resource: "Resource (regular expression)",
};

/** One panel of lines for each question of the security page. */
export function auditDashboard(): Dashboard {
  const dashboard = new DashboardBuilder("API Audit Log")
    .uid("cluster-security-audit-log")
    .description("Who did what through the Kubernetes API.")
    .tags(["security", "audit"])
    .time({ from: "now-24h", to: "now" })
    .withVariable(new DatasourceVariableBuilder("datasource").label("Loki").type("loki"));
  for (const [name, label] of Object.entries(filters)) {
    dashboard.withVariable(new TextBoxVariableBuilder(name).label(label).defaultValue(".*"));
  }
  for (const { question, description, expression } of Object.values(auditQueries)) {
    dashboard.withPanel(
      new PanelBuilder()
        .title(question)
        .description(description)
        .datasource(datasource)
        .height(10)
        .span(24)
        .showTime(true)
        .enableLogDetails(true)
        .withTarget(
          new DataqueryBuilder().refId("A").datasource(datasource).queryType("range").expr(expression),
        ),
    );
  }
  return dashboard.build();
}
