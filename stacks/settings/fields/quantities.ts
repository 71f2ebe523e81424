import { z } from "zod";
import { text } from "./text.js";

const binary = ["", "Ki", "Mi", "Gi", "Ti"];

/** Whether a whole number in a unit fits into the 64 bits of a quantity. */
function fits(amount: string, unit: string): boolean {
  return BigInt(amount) * 1024n ** BigInt(binary.indexOf(unit)) < 2n ** 63n;
}

/** A quantity of storage in the binary units Kubernetes uses. */
export function storageSize(description: string): z.ZodString {
  return text(description, (value) => {
    const [, amount, unit] = /^([1-9]\d*)(Mi|Gi|Ti)$/.exec(value) ?? [];
    if (!amount) return `"${value}" is not a size in Mi, Gi or Ti such as 5Gi`;
    return fits(amount, unit!)
      ? undefined
      : `${value} is more than a quantity of Kubernetes holds (8,388,607Ti)`;
  }).meta({ examples: ["5Gi"] });
}

/** Quantities of resources by name. */
export function quantities(
  description: string,
  example: Record<string, string>,
  isResource: (name: string) => boolean,
) {
  const name = text("A resource.", (value) =>
    isResource(value)
      ? undefined
      : `"${value}" is not a resource that can be limited here, such as ${Object.keys(example)[0]}`,
  );
  const quantity = text("A quantity.", (value) =>
    /^\+?(\d{1,15}(\.\d{0,3})?|\.\d{1,3})(m|k|[KMGTPE]i|[MGTPE]|[eE]\d{1,2})?$/.test(value)
      ? undefined
      : `"${value}" is not a quantity such as 500m, 2 or 4Gi`,
  );
  return z
    .record(name, quantity)
    .superRefine((given, context) => {
      for (const [resource, value] of Object.entries(given)) {
        if (!isMeasured(resource) && quantityOf(value) % 1 > 0)
          context.addIssue({
            code: "custom",
            path: [resource],
            message: `${value} is not a whole number, and ${resource} are counted`,
          });
      }
    })
    .meta({ description, examples: [example] });
}

/** Whether parts of it can be had, as of CPU; the API server refuses parts of all that is counted. */
function isMeasured(resource: string): boolean {
  return /(^|\.)(cpu|memory|storage|ephemeral-storage|hugepages-.*)$/.test(resource.replace(/^.*\//, ""));
}

const factors: Record<string, number> = {
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** The number that a quantity is. */
export function quantityOf(value: string): number {
  const unit = value.replace(/^[+\d.]+(e\d+)?/i, "");
  const number = Number.parseFloat(value);
  // Kubernetes has nothing smaller than a thousandth either; multiplied by 0.001, equal ones would differ.
  return unit === "m" ? number / 1000 : Math.round(number * (factors[unit] ?? 1) * 1000) / 1000;
}

const computed = ["cpu", "memory", "ephemeral-storage"];
const counted = ["pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps"];
const standard = [
  ...[...computed, ...counted, "persistentvolumeclaims", "services.nodeports", "services.loadbalancers"],
  ...[...computed, "storage"].map((name) => `requests.${name}`),
  ...computed.map((name) => `limits.${name}`),
];
const name = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
const domain = `${name}(\\.${name})*`;

/** Whether a ResourceQuota may limit it (https://kubernetes.io/docs/concepts/policy/resource-quotas/). */
export function isQuotaResource(value: string): boolean {
  if (standard.includes(value)) return true;
  return [
    `^(requests\\.)?hugepages-[1-9]\\d*(Ki|Mi|Gi)$`,
    `^count/${name}(\\.${domain})?$`,
    `^${domain}\\.storageclass\\.storage\\.k8s\\.io/(requests\\.storage|persistentvolumeclaims)$`,
    `^requests\\.${domain}\\.[a-z]+/[A-Za-z0-9._-]+$`,
  ].some((pattern) => new RegExp(pattern).test(value));
}

/** Whether containers may use more of it than they asked for. */
export function isShared(resource: string): boolean {
  return computed.includes(resource);
}

/** Whether a LimitRange may limit it for a container. */
export function isContainerResource(value: string): boolean {
  return (
    computed.includes(value) ||
    /^hugepages-[1-9]\d*(Ki|Mi|Gi)$/.test(value) ||
    new RegExp(`^(?!requests\\.)${domain}\\.[a-z]+/[A-Za-z0-9._-]+$`).test(value)
  );
}
