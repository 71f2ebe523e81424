import { admissionObjects } from "../../../../components/access/admission/objects.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { named, settingsWith, type Answer } from "../fakeTarget.js";

/** Settings that isolate apps. */
export const isolating = { "network.isolated": ["apps"] };
const objects = admissionObjects(admissionArgs(settingsWith(isolating)));
const group = "/apis/admissionregistration.k8s.io/v1";
export const policyPath = (name: string) => `${group}/validatingadmissionpolicies/${name}`;
export const bindingPath = (name: string) => `${group}/validatingadmissionpolicybindings/${name}`;

/** A cluster with the policies, whose API server fills in a default; `change` makes them something else. */
export function policies(change: (path: string, spec: any) => object | undefined = (_, spec) => spec) {
  const answers: Record<string, Answer> = {};
  for (const { name, policy, binding } of objects) {
    for (const [path, spec] of [
      [policyPath(name), policy],
      [bindingPath(name), binding],
    ] as const) {
      const filledIn = (spec: object) => ({ ...spec, filledIn: "by default" });
      const found = change(path, filledIn(spec));
      if (found) answers[path] = named(name, { spec: found });
      answers[`PUT ${path}`] = ({ body }: ApiRequest) => {
        const { spec } = body as { spec: object };
        return { body: JSON.stringify(named(name, { spec: filledIn(spec) })) };
      };
    }
  }
  return answers;
}
export const podsOfApps = "/api/v1/namespaces/apps/pods";
const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web" }] } };
const owned = (kind: string, name: string, more: object = {}) => ({
  metadata: { name, namespace: "apps", ownerReferences: [{ kind, name: "owner" }] },
  ...more,
});
const running = {
  ...policies(),
  "/api/v1/namespaces": [named("apps"), named("kube-system")],
  "/apis/apps/v1/namespaces/apps/deployments": [named("web", { spec: { template } })],
  "/apis/apps/v1/namespaces/apps/replicasets": [
    owned("Deployment", "web-1", { spec: { template } }),
    owned("Rollout", "canary-1", { spec: { template } }),
    owned("Rollout", "canary-0", { spec: { template, replicas: 0 } }),
  ],
  "/apis/apps/v1/namespaces/apps/statefulsets": [
    named("db", { spec: { template, volumeClaimTemplates: [named("data")] } }),
  ],
  "/apis/batch/v1/namespaces/apps/cronjobs": [
    named("nightly", { spec: { jobTemplate: { spec: { template } } } }),
  ],
  "/apis/batch/v1/namespaces/apps/jobs": [
    named("over", { spec: { template }, status: { completionTime: "then" } }),
    owned("CronJob", "nightly-1", { spec: { template } }),
  ],
  [podsOfApps]: [
    owned("ReplicaSet", "web-1-x", { spec: template.spec }),
    owned("Cluster", "postgres-1", {
      spec: { ...template.spec, ephemeralContainers: [{ name: "debug" }] },
    }),
    named("gone", { spec: template.spec, status: { phase: "Succeeded" } }, "apps"),
  ],
};
export const answering = (answer: (name: string) => object): Record<string, Answer> => ({
  ...running,
  [`POST ${podsOfApps}`]: ({ body }: ApiRequest) => ({
    status: 201,
    body: "{}",
    ...answer((body as { metadata: { generateName: string } }).metadata.generateName),
  }),
});
export const warned = (reason: string) => ({
  warnings: [
    "something else",
    `Validation failed for ValidatingAdmissionPolicy 'cluster-security-images' with binding 'cluster-security-images': ${reason}`,
  ],
});

export const servicesOfApps = "/api/v1/namespaces/apps/services";
/** A cluster with two Services, one that Kubernetes writes, and a route; the API server says of each what is answered. */
export const judging = (answer: (title: string) => object): Record<string, Answer> => {
  const gateway = "/apis/gateway.networking.k8s.io";
  const judged = ({ body }: ApiRequest) => {
    const { kind, metadata } = body as { kind: string; metadata: { name: string } };
    return { status: 409, body: "{}", ...answer(`${kind} ${metadata.name}`) };
  };
  const managed = { "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io" };
  return {
    ...policies(),
    "/api/v1/namespaces": [named("apps"), named("kube-system")],
    "/api/v1": {
      resources: [
        { name: "pods", kind: "Pod", namespaced: true },
        { name: "secrets", kind: "Secret", namespaced: true },
        { name: "services", kind: "Service", namespaced: true },
      ],
    },
    "/apis/discovery.k8s.io/v1": {
      resources: [{ name: "endpointslices", kind: "EndpointSlice", namespaced: true }],
    },
    [gateway]: { versions: [{ version: "v1" }, { version: "v1beta1" }] },
    ...Object.fromEntries(
      ["v1", "v1beta1"].map((version) => [
        `${gateway}/${version}`,
        { resources: [{ name: "httproutes", kind: "HTTPRoute", namespaced: true }] },
      ]),
    ),
    [servicesOfApps]: [
      {
        metadata: { name: "web", namespace: "apps", uid: "1", labels: { app: "web" } },
        spec: {
          type: "NodePort",
          clusterIP: "10.0.0.1",
          clusterIPs: ["10.0.0.1"],
          ports: [{ port: 80, nodePort: 30080 }],
        },
        status: {},
      },
      named("db", { spec: { clusterIP: "None", clusterIPs: ["None"] } }, "apps"),
    ],
    "/apis/discovery.k8s.io/v1/namespaces/apps/endpointslices": [
      { metadata: { name: "web-x", namespace: "apps", labels: managed } },
    ],
    [`${gateway}/v1/httproutes`]: [named("web", { spec: { hostnames: ["a.example.com"] } }, "other")],
    [`POST ${servicesOfApps}`]: judged,
    [`POST ${gateway}/v1/namespaces/other/httproutes`]: judged,
  };
};
