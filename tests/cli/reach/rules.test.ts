import assert from "node:assert/strict";
import { PodGroups } from "../../../cli/reach/podGroups.js";
import { policySet, type Manifest } from "../../../cli/reach/policies.js";
import { listedRules } from "../../../cli/reach/reach.js";
import { readable } from "../../../cli/reach/standardRules.js";
import { ruleText } from "../../../cli/reach/table.js";
import { cilium, inNamespace, shop, standard, tcp } from "./policies.js";

function rulesOf(...manifests: Manifest[]): string[] {
  const set = policySet(manifests);
  return listedRules(set, new PodGroups([set])).map(ruleText);
}

const web = { matchLabels: { "k8s:app": "web" } };
const https = [{ ports: [{ port: "443", protocol: "TCP" }] }];
const ofCilium: Record<string, [spec: NonNullable<Manifest["spec"]>, rules: string[]]> = {
  "hosts by name": [
    { egress: [{ toFQDNs: [{ matchName: "a.org" }, { matchPattern: "*.b.org" }], toPorts: https }] },
    ["shop/web -> *.b.org:443", "shop/web -> a.org:443"],
  ],
  entities: [
    { ingress: [{ fromEntities: ["host", "kube-apiserver", "remote-node"], toPorts: https }] },
    ["kube-apiserver, nodes -> shop/web:443"],
  ],
  "one entity": [{ ingress: [{ fromEntities: ["host"] }] }, ["host -> shop/web:any"]],
  "pods elsewhere": [
    {
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "gateway" } }],
          toPorts: https,
        },
      ],
    },
    ["gateway -> shop/web:443"],
  ],
  "pods of the same namespace": [
    { egress: [{ toEndpoints: [{}], toPorts: https }] },
    ["shop/web -> shop:443"],
  ],
  ServiceAccounts: [
    { ingress: [{ fromEndpoints: [{ matchLabels: { "k8s:io.cilium.k8s.policy.serviceaccount": "bot" } }] }] },
    ["shop as bot -> shop/web:any"],
  ],
  networks: [
    {
      egress: [
        { toCIDRSet: [{ cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] }] },
        { toCIDR: ["192.0.2.1/32"] },
      ],
    },
    ["shop/web -> (10.0.0.0/8 but 10.1.0.0/16):any", "shop/web -> 192.0.2.1/32:any"],
  ],
  requests: [
    {
      ingress: [
        {
          toPorts: [
            {
              ports: [{ port: "80", protocol: "TCP" }],
              rules: { http: [{ method: "GET", path: "/v2/.*" }] },
            },
          ],
        },
      ],
    },
    ["anybody -> shop/web:80 (HTTP GET /v2/.*)"],
  ],
  DNS: [
    {
      egress: [
        {
          toEntities: ["cluster"],
          toPorts: [
            {
              ports: [
                { port: "53", protocol: "UDP" },
                { port: "53", protocol: "TCP" },
              ],
              rules: { dns: [{ matchPattern: "*" }] },
            },
          ],
        },
      ],
    },
    ["shop/web -> cluster:53,53/UDP (DNS *)"],
  ],
  "port ranges and any protocol": [
    { egress: [{ toEntities: ["world"], toPorts: [{ ports: [{ port: "1000", endPort: 2000 }] }] }] },
    ["shop/web -> world:1000-2000/ANY"],
  ],
  "what is denied": [
    { egressDeny: [{ toEntities: ["world"] }], ingressDeny: [{ fromEntities: ["world"] }] },
    ["denies shop/web -> world:any", "denies world -> shop/web:any"],
  ],
  "fields that are not known here, in full": [
    { egress: [{ toServices: [{ k8sService: { serviceName: "x" } }] }] },
    ['shop/web -> (toServices [{"k8sService":{"serviceName":"x"}}]):any'],
  ],
  "selectors that are not known here, in full": [
    { ingress: [{ fromEndpoints: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] }] },
    ['{"matchExpressions":[{"key":"a","operator":"Exists"}]} -> shop/web:any'],
  ],
};

describe("rules that are listed", () => {
  for (const [what, [spec, rules]] of Object.entries(ofCilium)) {
    it(`of Cilium: ${what}`, () =>
      assert.deepEqual(rulesOf(cilium("shop", "web", { endpointSelector: web, ...spec })), rules));
  }

  it("of Cilium: several in one policy, and of the whole cluster", () => {
    const specs = [
      { endpointSelector: {}, ingress: [{ fromEntities: ["host"] }] },
      { nodeSelector: { matchLabels: { a: "b" } }, ingress: [{ fromEntities: ["world"] }] },
    ];
    assert.deepEqual(
      rulesOf({
        apiVersion: "cilium.io/v2",
        kind: "CiliumClusterwideNetworkPolicy",
        metadata: { name: "x" },
        specs,
      }),
      ["host -> (every pod):any", 'world -> ({"matchLabels":{"a":"b"}}):any'],
    );
  });

  const rule = (spec: NonNullable<Manifest["spec"]>) =>
    rulesOf(standard("shop", "p", { podSelector: {}, ...spec }));
  it("of NetworkPolicies: IPv6 networks", () =>
    assert.deepEqual(
      rule({ egress: [{ to: [{ ipBlock: { cidr: "::/0", except: ["fc00::/7"] } }], ports: tcp(443) }] }),
      ["shop -> (::/0 but fc00::/7):443"],
    ));
  it("of NetworkPolicies: ports by name", () =>
    assert.deepEqual(rule({ ingress: [{ from: [inNamespace("gateway")], ports: tcp("http") }] }), [
      "gateway -> shop:http",
    ]));
  it("of NetworkPolicies: namespaces by other labels than their name", () =>
    assert.deepEqual(rule({ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: "a" } } }] }] }), [
      '{"namespaceSelector":{"matchLabels":{"team":"a"}}} -> shop:any',
    ]));
  it("of NetworkPolicies: pods by expressions", () =>
    assert.deepEqual(
      rulesOf(
        standard("shop", "p", {
          podSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] },
          ingress: [{ ports: tcp(80) }],
        }),
      ),
      ['anybody -> (shop {"matchExpressions":[{"key":"a","operator":"Exists"}]}):80'],
    ));
  it("of NetworkPolicies: nothing of what is computed", () =>
    assert.deepEqual(rulesOf(...shop), [
      "shop/web -> (2001:db8::/32):443",
      "shop/web -> pay.example.com:443",
    ]));
});

describe("what netpol-analyzer is given of a policy", () => {
  const spec = (given: object) =>
    readable(policySet([standard("shop", "p", { podSelector: {}, ...given })]).standard[0]!).spec;
  const ipv4 = { ipBlock: { cidr: "192.0.2.0/24" } };
  const ipv6 = { ipBlock: { cidr: "2001:db8::/32" } };

  it("has no IPv6 network, which it would take for an IPv4 one", () =>
    assert.deepEqual(spec({ egress: [{ to: [ipv4, ipv6], ports: tcp(443) }] }).egress, [
      { to: [ipv4], ports: tcp(443) },
    ]));
  it("has no rule that is left without peers, which would allow everybody", () =>
    assert.deepEqual(spec({ ingress: [{ from: [ipv6] }], egress: [{ to: [ipv6] }] }), {
      podSelector: {},
      ingress: [],
      egress: [],
    }));
  it("keeps a rule that has no peers to begin with", () =>
    assert.deepEqual(spec({ ingress: [{ ports: tcp(80) }] }).ingress, [{ ports: tcp(80) }]));
  it("has no port by name", () =>
    assert.deepEqual(spec({ ingress: [{ ports: tcp(80, "http") }, { ports: tcp(81) }] }).ingress, [
      { ports: tcp(81) },
    ]));
});
