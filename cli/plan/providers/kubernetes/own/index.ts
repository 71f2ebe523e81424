import type { z } from "zod";
import { formatPath } from "../../paths.js";
import type { Failure, Values } from "../../standIn.js";
import { holdsUnknown } from "../../values.js";
import { backendTlsPolicy } from "./backendTlsPolicy.js";
import { ciliumNetworkPolicy } from "./ciliumNetworkPolicy.js";
import { mutatingAdmissionPolicy, mutatingAdmissionPolicyBinding } from "./mutatingAdmissionPolicy.js";
import { veleroSchedule } from "./veleroSchedule.js";

/** Kinds that no package of models has, in the words of their own documentation. */
const schemas: Record<string, z.ZodType> = {
  // Kubernetes' own, and newer than the package.
  "admissionregistration.k8s.io/v1 MutatingAdmissionPolicy": mutatingAdmissionPolicy,
  "admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding": mutatingAdmissionPolicyBinding,
  "cilium.io/v2 CiliumNetworkPolicy": ciliumNetworkPolicy,
  "gateway.networking.k8s.io/v1 BackendTLSPolicy": backendTlsPolicy,
  "velero.io/v1 Schedule": veleroSchedule,
};

/** Checks an object against a schema of ours. Undefined where there is none. */
export function ownFailures(object: Values): Failure[] | undefined {
  const parsed = schemas[`${object["apiVersion"]} ${object["kind"]}`]?.safeParse(object, {
    reportInput: true,
  });
  if (!parsed) return undefined;
  return (parsed.error?.issues ?? []).flatMap((issue): Failure[] => {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        property: formatPath([...path, key]),
        reason: "is no known property",
      }));
    }
    if (holdsUnknown(issue.input)) return [];
    const missing = issue.code === "invalid_type" && issue.input === undefined;
    return [{ property: formatPath(path), reason: missing ? "is required" : reasonOf(issue) }];
  });
}

function reasonOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_value":
      return `must be one of ${issue.values.join(", ")}`;
    case "invalid_type":
      return `must be ${issue.expected}`;
    case "too_small":
      return `must have at least ${issue.minimum} ${issue.origin === "array" ? "items" : "characters"}`;
    case "too_big":
      return `must have at most ${issue.maximum} ${issue.origin === "array" ? "items" : "characters"}`;
    default:
      return issue.message;
  }
}
