import { RE2JS, RE2JSException } from "re2js";
import { parse } from "yaml";
import { failed, type Finding } from "../../claim.js";
import { read } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { needsRealPods, notBrought } from "../../cluster/workloads.js";

/** A route, as Alertmanager prints it (https://prometheus.io/docs/alerting/latest/configuration/#route). */
interface LoadedRoute {
  receiver?: string;
  matchers?: string[];
  match?: Record<string, string>;
  match_re?: Record<string, string>;
  continue?: boolean;
  routes?: LoadedRoute[];
}

/** What an Alertmanager has loaded. It prints <secret> in place of credentials. */
export interface Loaded {
  route: LoadedRoute;
  receivers?: { name: string; telegram_configs?: unknown[]; email_configs?: unknown[] }[];
}

/** The Service that Prometheus' operator makes for every Alertmanager of a namespace. */
const serviceName = "alertmanager-operated";

/**
 * The configuration that Alertmanager runs with, asked through the API server
 * (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml); a finding if there is none to ask.
 */
export async function loadedConfiguration(target: Target, otherwise: string): Promise<Loaded | Finding> {
  const { namespace } = target.settings.monitoring;
  const services = `/api/v1/namespaces/${namespace}/services`;
  if (target.simulatedPods) return needsRealPods(`${otherwise}, and no Alertmanager reads it`);
  if (!(await read(target.api, `${services}/${serviceName}`)))
    return notBrought(`${otherwise}, but there is no Service ${namespace}/${serviceName} to ask`);
  const { status, body } = await target.api.request({
    path: `${services}/http:${serviceName}:9093/proxy/api/v2/status`,
    proxied: true,
  });
  if (status === 503) return failed(`${otherwise}, but no pod of Alertmanager answers behind ${serviceName}`);
  if (status !== 200) throw new Error(`Alertmanager answers with status ${status}`);
  const { config } = JSON.parse(body) as { config: { original: string } };
  return parse(config.original) as Loaded;
}

/** Receivers of an alert with these labels: those of the first route that matches, and of later ones while `continue` is set. */
export function receiversOf(route: LoadedRoute, labels: Record<string, string>): string[] {
  const found: string[] = [];
  for (const child of route.routes ?? []) {
    if (!isFor(child, labels)) continue;
    found.push(...receiversOf({ ...child, receiver: child.receiver ?? route.receiver }, labels));
    if (!child.continue) break;
  }
  if (found.length > 0) return found;
  return route.receiver === undefined ? [] : [route.receiver];
}

function isFor(
  { matchers = [], match = {}, match_re = {} }: LoadedRoute,
  labels: Record<string, string>,
): boolean {
  const all = [
    ...matchers.map(matcherIn),
    ...Object.entries(match).map(([name, value]) => ({ name, operator: "=", value })),
    ...Object.entries(match_re).map(([name, value]) => ({ name, operator: "=~", value })),
  ];
  return all.every(({ name, operator, value }) => {
    const label = labels[name] ?? "";
    const isEqual = operator.endsWith("~") ? isWhole(value, label) : label === value;
    return isEqual !== operator.startsWith("!");
  });
}

/** Whether an expression of Go matches the whole label. @throws Error if it cannot be read. */
function isWhole(expression: string, label: string): boolean {
  try {
    return RE2JS.compile(expression).matches(label);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new Error(`Alertmanager has a route with ${expression}, which is not understood: ${error.message}`);
  }
}

/** Such as `severity="critical"`, as Alertmanager prints it. @throws Error for anything else. */
function matcherIn(text: string): { name: string; operator: string; value: string } {
  const [, name, operator, value] =
    /^("(?:[^"\\]|\\.)*"|[^"=!~]+)(=~|!~|!=|=)("(?:[^"\\]|\\.)*")$/s.exec(text) ?? [];
  if (!name || !operator || !value)
    throw new Error(`Alertmanager has a route with ${text}, which is not understood`);
  const plain = (part: string) => (part.startsWith('"') ? (JSON.parse(part) as string) : part);
  return { name: plain(name), operator, value: plain(value) };
}
