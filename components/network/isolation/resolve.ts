import { createHash } from "node:crypto";
import { choice, takeOut } from "../../common/mend.js";
import {
  apiServer,
  internet,
  nodes,
  pods,
  podsAs,
  tcp,
  toApiServer,
  type Flow,
  type HttpRule,
  type Peer,
  type Pods,
} from "./flow.js";
import { FlowError } from "./flowError.js";
import type { WrittenPeer, WrittenFlow } from "./parse.js";
import { withCompanions } from "./registryHosts.js";
import { podsOf, resolveService, type KnownService, type KnownServices } from "./services.js";

/** A flow as settings have it: the parsed sentence, and what a sentence cannot say. */
export interface FlowSetting {
  /** The sentence, parsed. */
  flow: WrittenFlow;
  /** Port of the pods behind the target, where the Service is not known here. */
  podPort?: number;
  /** Labels of the pods behind the target. Default: those of the Service it names, else every pod of the namespace. */
  podLabels?: Record<string, string>;
  /** Labels of the pods that open the connection. Default: those of the Service the sentence names, else any. */
  fromLabels?: Record<string, string>;
  /** Protocol on the port. Default: TCP. */
  protocol?: "TCP" | "UDP";
  /** ServiceAccount of the pods that open the connection. Default: any. */
  serviceAccount?: string;
  /** The only requests let through. Default: whatever is spoken there. */
  http?: { methods: string[]; path: string }[];
}

/** Browsers and package managers use these; a flow to every address leads nowhere else. */
const webPorts = tcp(80, 443);

/**
 * Turns a flow as it is written into pods and pod ports.
 *
 * @throws FlowError if its Services or pods are not known, or its options do not fit.
 */
export function resolveFlow(setting: FlowSetting, known: KnownServices): Flow {
  const { sentence, from: source, to } = setting.flow;
  checkOptions(setting);
  const from = sourceOf(source, setting, known);
  const target = targetOf(to, setting, known);
  if (to.kind === "kube-apiserver") {
    // The options have been checked: the source is a namespace, and its ServiceAccount is given.
    return { ...toApiServer((from as Pods).namespace, setting.serviceAccount!), sentence };
  }
  if (from.kind !== "pods" && target.to.kind !== "pods") {
    throw new FlowError(
      `"${sentence}" neither begins nor ends in a namespace, so no policy could allow it`,
      takeOut,
    );
  }
  const http = setting.http?.flatMap(({ methods, path }) =>
    methods.map((method): HttpRule => ({ method, path })),
  );
  return { from, ...target, ...(http ? { http } : {}), sentence };
}

/** Without an option that was to narrow it a flow is wider than it was meant. */
const withoutIt = choice("take it out if the wider flow is meant");

/** Refuses options that the sentence leaves no room for, and asks for those it needs. */
function checkOptions({ flow: { sentence, from, to }, ...options }: FlowSetting): void {
  if (to.kind !== "namespace") {
    const option = (["podPort", "podLabels", "http"] as const).find((name) => options[name]);
    if (options.protocol && (to.kind === "internet" || to.kind === "kube-apiserver")) {
      throw new FlowError(
        `protocol is for a flow to a port, and "${sentence}" names none`,
        choice("take it out if TCP is meant"),
      );
    }
    if (option) {
      throw new FlowError(
        `${option} is for a flow to a namespace, and "${sentence}" leads to none`,
        option === "podPort" ? { remove: true, part: option } : withoutIt,
      );
    }
  } else if (options.podPort === undefined && (options.podLabels ?? options.protocol)) {
    const option = options.podLabels ? "podLabels" : "protocol";
    throw new FlowError(`${option} goes with podPort, which is missing`);
  }
  if (options.http && options.protocol === "UDP") {
    throw new FlowError("http goes with TCP, and protocol is UDP", choice("take one of them out"));
  }
  if (to.kind === "kube-apiserver") {
    if (from.kind !== "namespace") {
      throw new FlowError(`"${sentence}": only a namespace can have a flow to kube-apiserver`, takeOut);
    }
    if (!options.serviceAccount) {
      throw new FlowError(
        `"${sentence}" has to say whose pods may ask the API server`,
        choice(`add their ServiceAccount, such as serviceAccount: ${from.namespace}`),
      );
    }
  }
  if (options.serviceAccount && options.fromLabels) {
    throw new FlowError(
      "serviceAccount and fromLabels both say which pods open the connection",
      choice("take one of them out"),
    );
  }
  if (options.fromLabels && from.kind !== "namespace") {
    throw new FlowError(`fromLabels is for a flow from a namespace, and "${sentence}" has none`, withoutIt);
  }
  if (options.serviceAccount && (from.kind !== "namespace" || from.service)) {
    throw new FlowError(
      `serviceAccount is for a flow from a whole namespace, and "${sentence}" has none`,
      withoutIt,
    );
  }
}

function sourceOf(
  written: WrittenPeer,
  { serviceAccount, fromLabels }: FlowSetting,
  known: KnownServices,
): Peer {
  switch (written.kind) {
    case "namespace": {
      const { namespace, service } = written;
      if (serviceAccount) return podsAs(namespace, serviceAccount);
      if (fromLabels) return pods(namespace, nameOf(fromLabels), fromLabels);
      if (service === undefined) return { kind: "pods", namespace };
      const there = servicesIn(known, namespace);
      const found = there.find(({ name }) => name === service);
      if (found) return podsOf(namespace, found);
      const names = there.map(({ name }) => name).sort();
      throw new FlowError(
        `no Service ${service} is known in ${namespace}`,
        choice(
          names.length > 0
            ? `there are ${names.join(", ")}`
            : `name its pods as its selector does, such as fromLabels: { app: ${service} }`,
        ),
      );
    }
    case "networks":
      return { kind: "networks", cidrs: written.cidrs };
    case "internet":
      return internet;
    case "nodes":
      return nodes;
    default:
      return apiServer;
  }
}

function targetOf(
  written: WrittenPeer,
  { flow: { sentence }, podPort, podLabels, protocol = "TCP" }: FlowSetting,
  known: KnownServices,
): Pick<Flow, "to" | "ports"> {
  switch (written.kind) {
    case "namespace": {
      const { namespace, service, port } = written;
      if (podPort !== undefined) {
        const to = podLabels
          ? pods(namespace, nameOf(podLabels), podLabels)
          : podsBehind(namespace, service, servicesIn(known, namespace));
        return { to, ports: [{ number: podPort, protocol }] };
      }
      const resolved = resolveService(known, {
        source: sentence.split(" ->")[0]!,
        ...{ namespace, service, port: port! },
      });
      return { to: resolved.pods, ports: [resolved.port] };
    }
    case "hosts":
      return {
        to: { kind: "hosts", names: withCompanions(written.names) },
        ports: written.ports.map((number) => ({ number, protocol })),
      };
    case "networks":
      return { to: { kind: "networks", cidrs: written.cidrs }, ports: [{ number: written.port!, protocol }] };
    case "nodes":
      return { to: nodes, ports: [{ number: written.port!, protocol }] };
    case "internet":
      return { to: internet, ports: webPorts };
    default:
      return { to: apiServer, ports: [] };
  }
}

function servicesIn(known: KnownServices, namespace: string): readonly KnownService[] {
  return Object.hasOwn(known, namespace) ? known[namespace]! : [];
}

/** The pods behind a Service, and without one every pod of the namespace. */
function podsBehind(namespace: string, service: string | undefined, there: readonly KnownService[]): Pods {
  if (service === undefined) return { kind: "pods", namespace };
  const found = there.find(({ name }) => name === service);
  if (found) return podsOf(namespace, found);
  throw new FlowError(
    `the pods behind ${namespace}/${service} are not known here`,
    choice(`name them as its selector does, such as podLabels: { app: ${service} }`),
  );
}

/**
 * A name for the pods with the labels: `app.kubernetes.io/name: web` are `name-web-` and a hash, which tells them from
 * those with `name: web`, and from every name that is given here.
 */
function nameOf(labels: Record<string, string>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const words = sorted
    .map(([key, value]) => `${key.split("/").at(-1)}-${value}`)
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .slice(0, 60)
    .replace(/^-+|-+$/g, "");
  const hash = createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 8);
  return words ? `${words}-${hash}` : hash;
}
