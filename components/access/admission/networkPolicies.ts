import { identity, type Subject } from "../clusterAdmins.js";
import { celList, requesters } from "./cel.js";
import { type AdmissionPolicy, written } from "./policy.js";

const none = (field: string) => `size(rule.?${field}.orValue([])) == 0`;
/** No ports, or every port of a protocol. */
const everyPort =
  `(${none("ports")} || rule.ports.exists(port, !has(port.port) || ` +
  '(string(port.port) in ["0", "1"] && port.?endPort.orValue(0) == 65535)))';
const ciliumEveryPort =
  `(${none("toPorts")} || rule.toPorts.exists(to, size(to.?rules.orValue({})) == 0 && (size(to.?ports.orValue([])) == 0 || ` +
  'to.ports.exists(port, port.port == "0" || (port.port == "1" && port.?endPort.orValue(0) == 65535)))))';

/** Rules of a NetworkPolicy for every port that leave out peers, or whose peers are every address. */
const opensAll = (direction: string, peers: string) =>
  `dyn(object).?spec.?${direction}.orValue([]).exists(rule, ${everyPort} && (${none(peers)} || rule.${peers}.exists(peer, ` +
  `peer.?ipBlock.cidr.orValue("").endsWith("/0") && size(peer.?ipBlock.?except.orValue([])) == 0)))`;
/** Without a port and without peers, Cilium lets nothing through; with a port alone, everybody. */
const ciliumOpensAll = (direction: string, prefix: "from" | "to") =>
  `spec.?${direction}.orValue([]).exists(rule, ${ciliumEveryPort} && ("all" in rule.?${prefix}Entities.orValue([]) || ` +
  `!(${none("toPorts")}) && !rule.exists(field, field.startsWith("${prefix}") && field != "toPorts")))`;

/** What a refusal says that is about the user, and not about the policy. */
export const isNoWriter = " is not among those who write network policies";

/**
 * Policies of isolated namespaces are the settings': each further one lets more through. Only those on the list write them, and
 * nobody writes one that lets everything through. One that stays as it is may be written.
 *
 * @param writers Administrators, and who else may.
 */
export function networkPolicyPolicy(writers: readonly Subject[]): AdmissionPolicy {
  return {
    name: "cluster-security-network-policies",
    rules: [
      written("networking.k8s.io/v1", "networkpolicies"),
      written("cilium.io/*", "ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies"),
    ],
    matchConditions: [
      {
        name: "changed",
        expression:
          'request.operation != "UPDATE" || dyn(oldObject).?spec != dyn(object).?spec || dyn(oldObject).?specs != dyn(object).?specs',
      },
    ],
    variables: [
      {
        name: "open",
        expression:
          `object.kind == "NetworkPolicy" ? ${opensAll("ingress", "from")} || ${opensAll("egress", "to")} : ` +
          `(has(dyn(object).spec) ? [dyn(object).spec] : []).exists(spec, ${ciliumOpens()}) || ` +
          `dyn(object).?specs.orValue([]).exists(spec, ${ciliumOpens()})`,
      },
    ],
    validations: [
      {
        expression: `${requesters}.exists(who, who in ${celList(writers.map(identity))})`,
        messageExpression:
          `request.userInfo.username + "${isNoWriter} of isolated namespaces; write the flow into ` +
          'network.flows, or list the subject with the right open-network (setting access.privileged)"',
      },
      {
        expression: "!variables.open",
        messageExpression:
          '"lets everything through, past what the settings say of " + request.namespace + "; name peers and ports, or write the ' +
          'flow into network.flows"',
      },
    ],
  };
}

function ciliumOpens(): string {
  return `${ciliumOpensAll("ingress", "from")} || ${ciliumOpensAll("egress", "to")}`;
}
