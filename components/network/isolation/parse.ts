import ipaddr from "ipaddr.js";
import { choice, didYouMean } from "../../common/mend.js";
import { FlowError } from "./flowError.js";

/** One end of a flow as it is written. */
export type WrittenPeer =
  | { kind: "namespace"; namespace: string; service?: string; port?: string }
  | { kind: "hosts"; names: string[]; ports: number[] }
  | { kind: "networks"; cidrs: string[]; port?: number }
  | { kind: "internet" | "nodes" | "kube-apiserver"; port?: number };

export interface WrittenFlow {
  /** As it was written, on one line. */
  sentence: string;
  from: WrittenPeer;
  to: WrittenPeer;
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const example = "such as backstage -> postgres:5432";

/**
 * Reads a flow as people say it: who opens the connection, an arrow, and what it is opened to.
 *
 * - from: `backstage`, `harbor/harbor-jobservice` (the pods behind a Service), `nodes`, `kube-apiserver`, `internet`, an
 *   address or network
 * - to: `postgres:5432`, `harbor:https`, `harbor/harbor-core:80`, `kube-apiserver`, `nodes:9100`, `192.168.1.5:8096`,
 *   `internet: ghcr.io, example.com:8443`, `internet: *`
 *
 * @throws FlowError if it cannot be read.
 */
export function parseFlow(text: string): WrittenFlow {
  const parts = text.split("->");
  if (parts.length !== 2) {
    throw new FlowError(
      `"${text}" is not a flow`,
      choice(`write who opens the connection -> what it is opened to, ${example}`),
    );
  }
  const [source, target] = parts.map((part) => part.trim()) as [string, string];
  return {
    sentence: text.trim().replace(/\s+/g, " "),
    from: parseSource(source),
    to: parseTarget(target, source),
  };
}

function parseSource(text: string): WrittenPeer {
  if (text === "nodes" || text === "kube-apiserver" || text === "internet") return { kind: text };
  const cidr = cidrOf(text);
  if (cidr) return { kind: "networks", cidrs: [cidr] };
  const [namespace, service, ...more] = text.split("/");
  if ([namespace, service ?? "x"].every((name) => label.test(name!)) && more.length === 0) {
    return { kind: "namespace", namespace: namespace!, service };
  }
  throw new FlowError(
    `"${text}" cannot open a flow`,
    choice("write a namespace, namespace/service, nodes, kube-apiserver, internet or an address"),
  );
}

/** @param source Who opens the connection, as it is written. */
function parseTarget(text: string, source: string): WrittenPeer {
  if (text.startsWith("internet")) return parseInternet(text, source);
  if (text === "kube-apiserver") return { kind: text };
  const colon = text.lastIndexOf(":");
  const place = text.slice(0, colon === -1 ? undefined : colon).trim();
  const port = colon === -1 ? "" : text.slice(colon + 1).trim();
  if (port === "")
    throw new FlowError(`"${text}" has no port`, choice(`write it behind a colon, ${example}`));
  if (place === "kube-apiserver")
    throw new FlowError(
      `"${text}" names a port, and the API server has its own`,
      choice(`write { flow: ${source} -> kube-apiserver, serviceAccount: … }`),
    );
  const cidr = cidrOf(place.replace(/^\[(.*)\]$/, "$1"));
  if (place === "nodes" || cidr) {
    const number = portOf(port);
    if (number === undefined) throw new FlowError(`"${port}" is not a port from 1 to 65535`);
    return place === "nodes"
      ? { kind: "nodes", port: number }
      : { kind: "networks", cidrs: [cidr!], port: number };
  }
  if (/^\d+$/.test(port) ? portOf(port) === undefined : !isPortName(port)) {
    throw new FlowError(`"${port}" is neither a port from 1 to 65535 nor the name of one`);
  }
  const [namespace, service, ...more] = place.split("/");
  if (label.test(namespace!) && label.test(service ?? "x") && more.length === 0) {
    return { kind: "namespace", namespace: namespace!, service, port };
  }
  if (hostOf(place))
    throw new FlowError(`"${place}" is a host of the internet`, didYouMean(`${source} -> internet: ${text}`));
  throw new FlowError(
    `"${text}" is nothing a flow can lead to`,
    choice(
      "write namespace:port, namespace/service:port, kube-apiserver, nodes:port, an address with a port, or internet: host",
    ),
  );
}

function parseInternet(text: string, source: string): WrittenPeer {
  const list = /^internet *: *(.+)$/.exec(text)?.[1];
  if (!list)
    throw new FlowError(
      `"${text}" names no host`,
      choice("write internet: ghcr.io, or internet: * for every public address"),
    );
  if (list === "*") return { kind: "internet" };
  const hosts = list.split(",").map((host) => /^(.*?)(?::(\d+))?$/.exec(host.trim())!);
  const wrong = hosts.find(([, name]) => !hostOf(name!));
  if (wrong) {
    const mended = wrong[1]!
      .toLowerCase()
      .replace(/^https:\/\//, "")
      .replace(/\/.*$/, "")
      .replace(/\.$/, "");
    throw new FlowError(
      `"${wrong[0]}" is not the name of a host`,
      hostOf(mended)
        ? didYouMean(`${source} -> ${text.replace(wrong[1]!, mended)}`)
        : choice("write its full name, such as ghcr.io"),
    );
  }
  const ports = [...new Set(hosts.map(([, , port]) => port ?? "443"))];
  if (ports.some((port) => portOf(port) === undefined))
    throw new FlowError(`"${text}" has a port that is not from 1 to 65535`);
  if (ports.length > 1) throw new FlowError(`"${text}" has several ports`, choice("write a flow for each"));
  return { kind: "hosts", names: hosts.map(([, name]) => name!), ports: ports.map(Number) };
}

/** Whether it is the full name of a host; a `*` may stand in any label but the last two. */
function hostOf(name: string): boolean {
  return /^(?=.{1,253}$)(?!.*[^.]{64})([a-z0-9*]([a-z0-9*-]*[a-z0-9*])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?\.[a-z][a-z0-9-]*[a-z0-9]$/.test(
    name,
  );
}

/** Whether Kubernetes takes it as the name of a port (IANA_SVC_NAME, RFC 6335). */
function isPortName(text: string): boolean {
  return /^(?=.{1,15}$)(?=.*[a-z])(?!.*--)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);
}

function portOf(text: string): number | undefined {
  const number = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 65535 ? number : undefined;
}

/** The text as a network, a single address as one of its own. */
function cidrOf(text: string): string | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return `${text}/32`;
  if (ipaddr.IPv6.isValid(text)) return `${text}/128`;
  return text.includes("/") && ipaddr.isValidCIDR(text) ? text : undefined;
}
