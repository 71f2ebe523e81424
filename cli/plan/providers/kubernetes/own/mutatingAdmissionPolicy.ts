import { z } from "zod";

const text = z.string().min(1);
const texts = z.array(text).min(1);
const labelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z
    .array(z.strictObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).optional() }))
    .optional(),
});
const rules = z
  .array(
    z.strictObject({
      apiGroups: z.array(z.string()).min(1),
      apiVersions: texts,
      operations: z.array(z.enum(["*", "CREATE", "UPDATE", "CONNECT"])).min(1),
      resourceNames: texts.optional(),
      resources: texts,
      scope: z.enum(["*", "Cluster", "Namespaced"]).optional(),
    }),
  )
  .optional();
const matchResources = z.strictObject({
  excludeResourceRules: rules,
  matchPolicy: z.enum(["Exact", "Equivalent"]).optional(),
  namespaceSelector: labelSelector.optional(),
  objectSelector: labelSelector.optional(),
  resourceRules: rules,
});
const named = z.array(z.strictObject({ name: text, expression: text })).optional();
const expression = z.strictObject({ expression: text });
const ofKind = <Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) =>
  z.strictObject({
    apiVersion: z.literal("admissionregistration.k8s.io/v1"),
    kind: z.literal(kind),
    metadata: z.looseObject({}),
    spec,
  });

/** MutatingAdmissionPolicy of Kubernetes 1.36 (https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/). */
export const mutatingAdmissionPolicy = ofKind(
  "MutatingAdmissionPolicy",
  z.strictObject({
    failurePolicy: z.enum(["Fail", "Ignore"]).optional(),
    matchConditions: named,
    matchConstraints: matchResources,
    mutations: z
      .array(
        z.discriminatedUnion("patchType", [
          z.strictObject({ patchType: z.literal("ApplyConfiguration"), applyConfiguration: expression }),
          z.strictObject({ patchType: z.literal("JSONPatch"), jsonPatch: expression }),
        ]),
      )
      .min(1),
    paramKind: z.strictObject({ apiVersion: text, kind: text }).optional(),
    reinvocationPolicy: z.enum(["Never", "IfNeeded"]),
    variables: named,
  }),
);

/** Its binding. */
export const mutatingAdmissionPolicyBinding = ofKind(
  "MutatingAdmissionPolicyBinding",
  z.strictObject({
    matchResources: matchResources.optional(),
    paramRef: z
      .strictObject({
        name: text.optional(),
        namespace: text.optional(),
        parameterNotFoundAction: z.enum(["Allow", "Deny"]).optional(),
        selector: labelSelector.optional(),
      })
      .optional(),
    policyName: text,
  }),
);
