/** A definition that takes any specification: enough for policies, which look at the fields alone. */
export const definition = (
  group: string,
  version: string,
  kind: string,
  plural: string,
  scope = "Namespaced",
) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: `${plural}.${group}`,
    // The API server takes kinds of *.k8s.io only with the address of their review.
    annotations: { "api-approved.kubernetes.io": "https://example.com/review" },
  },
  spec: {
    group,
    scope,
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
});

/** The kinds of others that the policies judge. */
export const definitions = [
  definition("gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes"),
  definition("gateway.networking.k8s.io", "v1", "Gateway", "gateways"),
  definition("gateway.networking.k8s.io", "v1", "ListenerSet", "listenersets"),
  definition("gateway.networking.x-k8s.io", "v1alpha1", "XListenerSet", "xlistenersets"),
  definition("cert-manager.io", "v1", "Certificate", "certificates"),
  definition("cilium.io", "v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies"),
  definition(
    "cilium.io",
    "v2",
    "CiliumClusterwideNetworkPolicy",
    "ciliumclusterwidenetworkpolicies",
    "Cluster",
  ),
  definition("bitnami.com", "v1alpha1", "SealedSecret", "sealedsecrets"),
];
