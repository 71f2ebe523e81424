import { identity, type Subject } from "../clusterAdmins.js";
import { celList, requesters } from "./cel.js";
import { type AdmissionPolicy, written } from "./policy.js";

const anywhere = celList(["0.0.0.0/0", "::/0"]);
const noPorts = (field: string) => `size(rule.?${field}.orValue([])) == 0`;

/** Rules of a NetworkPolicy that leave out both peers and ports, or whose peers are every address. */
const opensAll = (direction: string, peers: string) =>
  `dyn(object).?spec.?${direction}.orValue([]).exists(rule, ${noPorts("ports")} && (${noPorts(peers)} || rule.${peers}.exists(peer, ` +
  `peer.?ipBlock.cidr.orValue("") in ${anywhere} && size(peer.?ipBlock.?except.orValue([])) == 0)))`;
const ciliumOpensAll = (direction: string, entities: string) =>
  `spec.?${direction}.orValue([]).exists(rule, ${noPorts("toPorts")} && "all" in rule.?${entities}.orValue([]))`;

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
          '"lets everything through, past what the settings say of " + request.namespace + "; name peers or ports, or take the ' +
          'namespace out of network.isolated"',
      },
    ],
  };
}

function ciliumOpens(): string {
  return `${ciliumOpensAll("ingress", "fromEntities")} || ${ciliumOpensAll("egress", "toEntities")}`;
}
