import { choice, didYouMean } from "../../common/mend.js";
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
 * @param target As it is written, and who is to reach it, for the mend.
 * @throws FlowError if that is not known, or could be several.
 */
export function resolveService(
  known: KnownServices,
  { source, namespace, service, port }: { source: string; namespace: string; service?: string; port: string },
): Resolved {
  const target = `${namespace}${service ? `/${service}` : ""}:${port}`;
  const there = Object.hasOwn(known, namespace) ? known[namespace]! : [];
  if (there.length === 0) {
    const near = nearest(namespace, Object.keys(known));
    const guess = near === undefined ? "" : `if namespace ${near} is not meant, `;
    const labels = service ? `, podLabels: { app: ${service} }` : "";
    throw new FlowError(
      `the pods behind ${target} are not known here, and so neither is their port`,
      choice(`${guess}write { flow: …, podPort: ${/^\d+$/.test(port) ? port : 8080}${labels} }`),
    );
  }
  const named = service === undefined ? there : there.filter(({ name }) => name === service);
  if (named.length === 0) {
    const names = there.map(({ name }) => name);
    throw new FlowError(
      `no Service ${service} is known in ${namespace}; ${listed(names)}`,
      didYouMean(meant(service!, names, (near) => `${source} -> ${namespace}/${near}:${port}`)),
    );
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
    throw new FlowError(`${target} may be ${names.join(" or ")}`, choice("write the one that is meant"));
  }
  const ports = [
    ...new Set(named.flatMap(({ ports }) => ports.map(({ name, port }) => name ?? String(port)))),
  ];
  const place = target.slice(0, -port.length);
  throw new FlowError(
    `no Service ${service ?? ""}${service ? " " : ""}in ${namespace} has a port ${port}; ${listed(ports)}, or give podPort`,
    didYouMean(meant(port, ports, (near) => `${source} -> ${place}${near}`)),
  );
}

const listed = (names: readonly string[]): string =>
  `there ${names.length === 1 ? "is" : "are"} ${[...names].sort().join(", ")}`;

/** The flow with what was probably meant. 53 is no slip of the finger for 80. */
function meant(given: string, names: readonly string[], flow: (near: string) => string): string | undefined {
  const isNumber = (text: string) => /^\d+$/.test(text);
  const near = nearest(given, isNumber(given) ? [] : names.filter((name) => !isNumber(name)));
  return near === undefined ? undefined : flow(near);
}
