import type { Finding } from "../../claim.js";
import { read } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { needsRealPods, notBrought } from "../../cluster/workloads.js";

/** A rule of an alert, as Prometheus has it. */
export interface LoadedRule {
  name: string;
  /** Its expression. */
  query: string;
  /** Whether the last evaluation went well. */
  health: "ok" | "err" | "unknown";
  lastError?: string;
  /** Seconds for which it has to be true before the alert fires. */
  duration: number;
}

/** The Service that Prometheus' operator makes for every Prometheus of a namespace. */
const serviceName = "prometheus-operated";

/** Prometheus, asked through the API server (https://prometheus.io/docs/prometheus/latest/querying/api/). */
export class Prometheus {
  private constructor(
    private readonly api: Target["api"],
    private readonly path: string,
  ) {}

  /** Returns the Prometheus of the settings, or a finding if there is none to ask. */
  static async of(target: Target, otherwise: string): Promise<Prometheus | Finding> {
    const { namespace } = target.settings.monitoring;
    const services = `/api/v1/namespaces/${namespace}/services`;
    if (target.simulatedPods) return needsRealPods(`${otherwise}, and no Prometheus reads it`);
    if (!(await read(target.api, `${services}/${serviceName}`)))
      return notBrought(`${otherwise}, but there is no Service ${namespace}/${serviceName} to ask`);
    return new Prometheus(target.api, `${services}/http:${serviceName}:9090/proxy/api/v1`);
  }

  async alertRules(): Promise<LoadedRule[]> {
    const { groups } = await this.ask<{ groups: { rules: LoadedRule[] }[] }>("rules?type=alert");
    return groups.flatMap(({ rules }) => rules);
  }

  /** How many series an expression has now. */
  async count(expression: string): Promise<number> {
    const { result } = await this.ask<{ result: unknown[] }>(`query?query=${encodeURIComponent(expression)}`);
    return result.length;
  }

  /** The value of an expression that has one series at most; undefined where it has none. */
  async value(expression: string): Promise<number | undefined> {
    const { result } = await this.ask<{ result: { value: [time: number, value: string] }[] }>(
      `query?query=${encodeURIComponent(expression)}`,
    );
    return result[0] && Number(result[0].value[1]);
  }

  private async ask<T>(call: string): Promise<T> {
    const { status, body } = await this.api.request({ path: `${this.path}/${call}`, proxied: true });
    if (status !== 200) throw new Error(`Prometheus answers ${call.split("?")[0]} with status ${status}`);
    return (JSON.parse(body) as { data: T }).data;
  }
}
