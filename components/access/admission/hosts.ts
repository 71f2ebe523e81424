import { celList, celText } from "./cel.js";
import { type AdmissionPolicy, written } from "./policy.js";

/** What is reached from outside by name, and by whom. */
export interface HostTable {
  /** Namespace of each host. */
  hosts: Readonly<Record<string, string>>;
  /** The Gateway that serves them. Its own namespace decides about every host. */
  gateway: { namespace: string; name: string };
  /** Namespaces in which an Ingress or a Gateway has to name its hosts. */
  isolated: readonly string[];
}

/**
 * Traefik writes its value and the path into the rule of the router as they are
 * (https://github.com/traefik/traefik/blob/v3.0/pkg/provider/kubernetes/ingress/kubernetes.go, loadRouter).
 */
const pathMatcherAnnotation = "traefik.ingress.kubernetes.io/router.pathmatcher";

/**
 * A host of the table belongs to its namespace: no route, Ingress, Gateway or Certificate of another one takes it, by its
 * name, by a wildcard or by naming none. Path and method count before the host in Traefik's order of routes, so a route
 * for all hosts would take single paths of each
 * (https://github.com/traefik/traefik/blob/02d04f0ede3c1460b4ccbf1cb6134ae34cb9f45f/pkg/provider/kubernetes/gateway/httproute.go). Hosts that the table does not have
 * are anybody's.
 */
export function hostPolicy({ hosts, gateway, isolated }: HostTable): AdmissionPolicy {
  const names = Object.keys(hosts).sort();
  const table = `{${names.map((name) => `${celText(name)}: ${celText(hosts[name]!)}`).join(", ")}}`;
  const spec = "dyn(object).spec";
  const ofIsolated = (condition: string) => `request.namespace in ${celList(isolated)} && ${condition}`;
  const kinds = {
    routes: 'object.kind.endsWith("Route")',
    ingress: 'object.kind == "Ingress"',
    gateway: 'object.kind == "Gateway"',
    listeners: 'object.kind.endsWith("ListenerSet")',
  };
  const byKind = (parts: Record<keyof typeof kinds | "certificate", string>) =>
    Object.entries(kinds).reduceRight(
      (otherwise, [kind, condition]) => `${condition} ? ${parts[kind as keyof typeof kinds]} : ${otherwise}`,
      parts.certificate,
    );
  const isOurs = (parent: string) =>
    `${parent}.?namespace.orValue(request.namespace) == ${celText(gateway.namespace)} && ${parent}.name == ${celText(gateway.name)}`;
  const listenerNames = `${spec}.?listeners.orValue([]).map(listener, listener.?hostname.orValue(""))`;
  const pathMatcher = (object: string) =>
    `dyn(${object}).metadata.?annotations.orValue({})[?${celText(pathMatcherAnnotation)}].orValue("")`;
  return {
    name: "cluster-security-hosts",
    rules: [
      written(
        "gateway.networking.k8s.io/*",
        ...["httproutes", "grpcroutes", "tlsroutes", "gateways", "listenersets"],
      ),
      written("gateway.networking.x-k8s.io/*", "xlistenersets"),
      written("networking.k8s.io/v1", "ingresses"),
      written("cert-manager.io/v1", "certificates"),
    ],
    matchConditions: [
      { name: "not-the-gateway", expression: `request.namespace != ${celText(gateway.namespace)}` },
      {
        name: "changed",
        expression: `request.operation != "UPDATE" || dyn(oldObject).spec != ${spec} || ${pathMatcher("oldObject")} != ${pathMatcher("object")}`,
      },
    ],
    variables: [
      { name: "table", expression: table },
      {
        name: "names",
        expression: `(${byKind({
          routes: `${spec}.?hostnames.orValue([])`,
          ingress: `${spec}.?rules.orValue([]).map(rule, rule.?host.orValue(""))`,
          gateway: listenerNames,
          listeners: listenerNames,
          certificate:
            `${spec}.?dnsNames.orValue([]) + [${spec}.?commonName.orValue("")] + ` +
            `${spec}.?literalSubject.orValue("").split(",").filter(part, part.startsWith("CN=")).map(part, part.substring(3))`,
        })}).map(name, string(name).lowerAscii()).map(name, name.endsWith(".") ? name.substring(0, size(name) - 1) : name)`,
      },
      {
        name: "taken",
        expression:
          "variables.names.filter(name, variables.table.exists(host, variables.table[host] != request.namespace && " +
          '(host == name || name.startsWith("*.") && host.endsWith(name.substring(1)))))',
      },
      {
        name: "everyHost",
        expression: byKind({
          routes: `size(variables.names) == 0 && ${spec}.?parentRefs.orValue([]).exists(parent, ${isOurs("parent")})`,
          ingress: ofIsolated(
            `(${spec}.?rules.orValue([]).exists(rule, rule.?host.orValue("") == "") || has(${spec}.defaultBackend))`,
          ),
          gateway: ofIsolated('"" in variables.names'),
          listeners: `"" in variables.names && ${isOurs(`${spec}.parentRef`)}`,
          certificate: "false",
        }),
      },
      {
        name: "ownRule",
        expression:
          `object.kind == "Ingress" && (!(${pathMatcher("object")} in ${celList(["", "Path", "PathPrefix", "PathRegexp"])}) || ` +
          `${spec}.?rules.orValue([]).exists(rule, rule.?http.paths.orValue([]).exists(path, path.?path.orValue("").contains("\`"))))`,
      },
    ],
    validations: [
      {
        expression: "variables.taken.size() == 0",
        messageExpression:
          '"belongs to another namespace: " + variables.taken.join(", ") + "; name a host of " + request.namespace + ' +
          '", or give it the host (setting gateway.hosts)"',
      },
      {
        expression: "!variables.ownRule",
        messageExpression: celText(
          `writes a rule of its own, which may name any host: take the backtick out of its paths, and ${pathMatcherAnnotation} if it is not Path, PathPrefix or PathRegexp`,
        ),
      },
      {
        expression: "!variables.everyHost",
        messageExpression:
          '"takes every host, those of other namespaces too: name the hosts of " + request.namespace + " in its " + object.kind',
      },
    ],
    everywhere: true,
  };
}
