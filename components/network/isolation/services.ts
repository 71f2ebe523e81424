import { nearest } from "../../common/nearest.js";
import type { Pods, Port } from "./flow.js";
import { FlowError } from "./flowError.js";

export interface KnownPort {
  name?: string;
  /** Port of the Service. */
  port: number;
  /** Port of the pods behind it, which is what policies match. */
  podPort: number;
  /** Default: TCP. */
  protocol?: "UDP";
}

/** A Service whose pods and ports are known, from the chart that makes it. */
export interface KnownService {
  name: string;
  /** What policies call its pods. */
  pods: string;
  /** Its selector. */
  labels: Record<string, string>;
  ports: KnownPort[];
}

/** Services by namespace. */
export type KnownServices = Readonly<Record<string, readonly KnownService[]>>;

/** Pods behind a Service. */
export function podsOf(namespace: string, { pods: name, labels }: KnownService): Pods {
  return { kind: "pods", namespace, name, labels };
}

/** What a flow's target turned out to be. */
export interface Resolved {
  pods: Pods;
  port: Port;
}

/**
 * The pods and pod port behind `namespace:port` or `namespace/service:port`.
 *
 * Without a Service the port decides, and where several have it the one that is called like the namespace.
 *
 * @throws FlowError if that is not known, or could be several.
 */
export function resolveService(
  known: KnownServices,
  { namespace, service, port }: { namespace: string; service?: string; port: string },
): Resolved {
  const target = `${namespace}${service ? `/${service}` : ""}:${port}`;
  const there = Object.hasOwn(known, namespace) ? known[namespace]! : [];
  if (there.length === 0) {
    const near = nearest(namespace, Object.keys(known));
    const guess = near === undefined ? "" : ` did you mean namespace ${near}? If not,`;
    throw new FlowError(
      `the pods behind ${target} are not known here, and so neither is their port;${guess} write { flow: …, podPort: ${/^\d+$/.test(port) ? port : 8080}${service ? `, podLabels: { app: ${service} }` : ""} }`,
    );
  }
  const named = service === undefined ? there : there.filter(({ name }) => name === service);
  if (named.length === 0) {
    const names = there.map(({ name }) => name);
    throw new FlowError(`no Service ${service} is known in ${namespace}${meant(service!, names)}`);
  }
  const found = named.flatMap((candidate) =>
    candidate.ports
      .filter(({ name, port: number }) => name === port || String(number) === port)
      .map(({ podPort, protocol }) => ({
        service: candidate.name,
        pods: podsOf(namespace, candidate),
        port: { number: podPort, protocol: protocol ?? ("TCP" as const) },
      })),
  );
  const chosen = found.length > 1 ? found.filter((one) => one.service === namespace) : found;
  if (chosen.length === 1) return { pods: chosen[0]!.pods, port: chosen[0]!.port };
  if (found.length > 1) {
    const names = found.map((one) => `${namespace}/${one.service}:${port}`);
    throw new FlowError(`${target} may be ${names.join(" or ")}; write the one that is meant`);
  }
  const ports = [
    ...new Set(named.flatMap(({ ports }) => ports.map(({ name, port }) => name ?? String(port)))),
  ];
  throw new FlowError(
    `no Service ${service ?? ""}${service ? " " : ""}in ${namespace} has a port ${port}${meant(port, ports)}, or give podPort`,
  );
}

/** What there is, and what was probably meant. */
function meant(given: string, names: readonly string[]): string {
  // 53 is no slip of the finger for 80.
  const isNumber = (text: string) => /^\d+$/.test(text);
  const words = isNumber(given) ? [] : names.filter((name) => !isNumber(name));
  const near = nearest(given, words);
  const guess = near !== undefined ? `; did you mean ${near}?` : ";";
  return `${guess} there ${names.length === 1 ? "is" : "are"} ${[...names].sort().join(", ")}`;
}
