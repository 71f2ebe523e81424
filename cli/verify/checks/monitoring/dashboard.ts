import { parse } from "yaml";
import { failed, proved, unchecked, type Finding } from "../../claim.js";
import type { ConfigMap } from "../../cluster/kinds.js";
import { list } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { notBrought, readiness, type Workload } from "../../cluster/workloads.js";
import { Prometheus } from "./prometheus.js";

interface DataSource {
  type?: string;
}

interface Panel {
  datasource?: DataSource;
  targets?: { expr?: string; datasource?: DataSource }[];
  panels?: Panel[];
}

/** What the panel has to ask for. */
const question = /\bbackup_success\b/;

/** Whether Grafana runs with a dashboard whose panel gets the backups' results from Prometheus. */
export async function dashboardShows(target: Target): Promise<Finding> {
  const { api } = target;
  const { namespace } = target.settings.monitoring;
  const labelled = async (label: string): Promise<ConfigMap[]> =>
    (await list<ConfigMap>(api, `/api/v1/namespaces/${namespace}/configmaps?labelSelector=${label}`)) ?? [];
  // Those that the sidecar gives to Grafana.
  const asked = (await labelled("grafana_dashboard")).flatMap(({ metadata, data = {} }) =>
    Object.values(data)
      .flatMap((text) => questionsOf(contentOf(text)))
      // What Grafana fills in, such as $job, Prometheus would take literally.
      .filter((expression) => question.test(expression) && !expression.includes("$"))
      .map((expression) => ({ name: `ConfigMap ${namespace}/${metadata.name}`, expression })),
  );
  const [shown] = asked;
  if (!shown)
    return failed(`no dashboard in ${namespace} has a panel that asks Prometheus for backup_success`);

  const prometheus = await Prometheus.of(target, `${shown.name} asks for ${shown.expression}`);
  if ("status" in prometheus) return prometheus;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments?labelSelector=app.kubernetes.io%2Fname%3Dgrafana`;
  const grafana = (await list<Workload>(api, path)) ?? [];
  if (grafana.length === 0) return notBrought(`${shown.name} is there, but no Grafana in ${namespace}`);
  const pods = await Promise.all(grafana.map((each) => readiness(target, { kind: "Deployment" }, each)));
  if (pods.every(({ ready }) => ready === 0)) return failed(`Grafana in ${namespace} has no pod ready`);
  const sources = (await labelled("grafana_datasource")).flatMap(({ data = {} }) =>
    Object.values(data).flatMap(
      (text) =>
        (contentOf(text) as { datasources?: DataSource[] }).datasources?.map(({ type }) => type) ?? [],
    ),
  );
  if (!sources.includes("prometheus"))
    return unchecked(
      `${shown.name} is there, but no ConfigMap in ${namespace} with the label grafana_datasource names a Prometheus; ` +
        "look at the dashboard in Grafana",
    );
  for (const { name, expression } of asked) {
    const series = await prometheus.count(expression);
    if (series > 0)
      return proved(`${name} asks for ${expression}, and Prometheus answers with ${series} series`);
  }
  return failed(`the panel of ${shown.name} is empty: Prometheus has no series for ${shown.expression}`);
}

/** JSON or YAML; empty where it is neither. */
function contentOf(text: string): Panel {
  try {
    const content: unknown = parse(text);
    return typeof content === "object" && content !== null ? content : {};
  } catch {
    return {};
  }
}

/** Expressions that panels, those in rows among them, ask Prometheus. */
function questionsOf({ datasource, targets = [], panels = [] }: Panel): string[] {
  return [
    ...targets
      .filter((target) => (target.datasource ?? datasource)?.type === "prometheus")
      .flatMap(({ expr }) => expr ?? []),
    ...panels.flatMap(questionsOf),
  ];
}
