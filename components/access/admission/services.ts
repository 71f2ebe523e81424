import { celList, listOf } from "./cel.js";
import { type AdmissionPolicy, written } from "./policy.js";

/**
 * An isolated namespace is reached by what the settings name. A port of a node leads past network policies, since what comes
 * from a pod's own node is always let in; addresses of nodes, written by hand, have the Gateway ask the API server or a
 * kubelet; so do names and addresses of the API server. What a Service or a list of addresses has already stays.
 *
 * @param exposed Namespaces that the settings open to the outside: their Services may have ports of nodes.
 * @param nodes Addresses of nodes and of the API server.
 */
export function servicePolicy(exposed: readonly string[], nodes: readonly string[]): AdmissionPolicy {
  // What is no plain address, such as a name, may lead to one.
  const ofNode = `(!isIP(address) || address in ${celList(nodes)})`;
  const addresses = (object: string) =>
    `(object.kind == "Endpoints" ? ${object}.?subsets.orValue([]).exists(subset, ["addresses", "notReadyAddresses"].exists(field, ` +
    `field in subset && subset[field].map(entry, entry.ip).exists(address, ${ofNode}))) : ` +
    `object.kind == "EndpointSlice" && ${listOf(object, "endpoints")}.exists(endpoint, endpoint.addresses.exists(address, ${ofNode})))`;
  const old = (expression: string) => `(request.operation == "UPDATE" && ${expression})`;
  const type = 'dyn(object).spec.?type.orValue("ClusterIP")';
  return {
    name: "cluster-security-services",
    rules: [written("v1", "services", "endpoints"), written("discovery.k8s.io/v1", "endpointslices")],
    matchConditions: [
      {
        name: "not-by-controllers-of-endpoints",
        expression: '!request.userInfo.username.startsWith("system:serviceaccount:kube-system:endpoint")',
      },
    ],
    variables: [
      { name: "isService", expression: 'object.kind == "Service"' },
      {
        name: "exposed",
        expression:
          `variables.isService && ${type} in ["NodePort", "LoadBalancer"] && !(request.namespace in ${celList(exposed)}) && ` +
          `!${old(`dyn(oldObject).spec.?type.orValue("") == ${type}`)}`,
      },
      {
        name: "apiServer",
        expression:
          'variables.isService && (dyn(object).spec.?externalName.orValue("").matches("^kubernetes[.]default([.]|$)") || ' +
          `dyn(object).spec.?externalName.orValue("") in ${celList(nodes)}) && ` +
          `!${old("dyn(oldObject).spec.?externalName == dyn(object).spec.?externalName")}`,
      },
      {
        name: "nodes",
        expression: `!variables.isService && ${addresses("dyn(object)")} && !${old(addresses("dyn(oldObject)"))}`,
      },
    ],
    validations: [
      {
        expression: "!variables.exposed",
        messageExpression:
          '"opens a port of the nodes into " + request.namespace + ", past its network policies: type " + dyn(object).spec.type + "; ' +
          'use ClusterIP and a route, or write a flow from outside (setting network.flows)"',
      },
      {
        expression: "!variables.apiServer",
        messageExpression: '"is a name for the API server or a node; take spec.externalName out"',
      },
      {
        expression: "!variables.nodes",
        messageExpression:
          '"has the address of a node or the API server, or a name in place of an address; use a Service with a selector"',
      },
    ],
  };
}
