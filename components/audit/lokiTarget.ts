import ipaddr from "ipaddr.js";
import { choice } from "../common/mend.js";
import { nodes, tcp, type Flow } from "../network/isolation/flow.js";
import { FlowError } from "../network/isolation/flowError.js";
import { podsOf, type KnownServices } from "../network/isolation/services.js";

export interface LokiTargetArgs {
  /** Address of Loki. */
  lokiUrl: string;
  /** Port of the pods behind a Service that is not among the known ones. */
  podPort?: number;
  /** DNS domain of Services, which tells a Loki of the cluster from one outside. */
  dnsDomain: string;
  /** Services whose pods and ports are known. */
  known: KnownServices;
  /** Addresses of the nodes, which policies know by another name. */
  nodeAddresses: readonly string[];
}

/**
 * Where Loki is as policies see it: the pods behind a Service and the port they listen on, a node, an address, or a host
 * by name.
 *
 * @throws FlowError if that cannot be told.
 */
export function lokiTarget(args: LokiTargetArgs): Pick<Flow, "to" | "ports"> {
  const url = new URL(args.lokiUrl);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  // A dot at the end says that the name is whole, and that no search domain of the pod is to be tried.
  const whole = host.endsWith(".");
  const name = whole ? host.slice(0, -1) : host;
  const domain = `.${args.dnsDomain}`;
  const inside = name.endsWith(domain) ? name.slice(0, -domain.length) : host;
  if (inside.endsWith(".svc")) return servicePods(args, inside.slice(0, -".svc".length).split("."), port);
  if (args.podPort !== undefined) {
    throw new FlowError(`podPort is for a Service of the cluster, and ${host} is none`, {
      remove: true,
      part: "podPort",
    });
  }
  if (inside !== host)
    throw new FlowError(`${host} is no Service`, choice(`write <service>.<namespace>.svc${domain}`));
  if (ipaddr.isValid(host)) {
    if (args.nodeAddresses.includes(host)) return { to: nodes, ports: tcp(port) };
    const length = ipaddr.parse(host).kind() === "ipv4" ? 32 : 128;
    return { to: { kind: "networks", cidrs: [`${host}/${length}`] }, ports: tcp(port) };
  }
  const [first, second, third] = name.split(".");
  if (third === undefined && !(whole && second !== undefined)) {
    const service = `${first}.${second ?? "<namespace>"}.svc${domain}`;
    const otherwise = second === undefined ? "" : `, or ${name}. for a host of that name`;
    throw new FlowError(
      `"${host}" may mean a Service, and which flow it needs is not known`,
      choice(`write ${service} for a Service${otherwise}`),
    );
  }
  return { to: { kind: "hosts", names: [name] }, ports: tcp(port) };
}

function servicePods(
  { podPort, known }: LokiTargetArgs,
  labels: string[],
  port: number,
): Pick<Flow, "to" | "ports"> {
  const [namespace, service, pod] = labels.reverse();
  if (!namespace || !service)
    throw new FlowError(`${labels.join(".")}.svc has no Service`, choice("write <service>.<namespace>.svc"));
  // A pod of a headless Service is dialled itself, on its own port.
  const dialled = podPort ?? (pod === undefined ? undefined : port);
  const there = Object.hasOwn(known, namespace) ? known[namespace]! : [];
  const found = there.find(({ name }) => name === service);
  if (dialled !== undefined) {
    const to = found ? podsOf(namespace, found) : { kind: "pods" as const, namespace };
    return { to, ports: tcp(dialled) };
  }
  const behind = found?.ports.find((one) => one.port === port);
  if (found && behind) {
    const { podPort: number, protocol = "TCP" } = behind;
    return { to: podsOf(namespace, found), ports: [{ number, protocol }] };
  }
  throw new FlowError(
    `the port of the pods behind ${namespace}/${service}:${port} is not known here, and policies match that one, not the Service's`,
    choice(
      `give it as podPort: kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${service}`,
    ),
  );
}
