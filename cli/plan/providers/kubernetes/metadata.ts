import { formatPath } from "../paths.js";
import type { Failure, Values } from "../standIn.js";
import { unknown } from "../values.js";

// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and …/labels/
const subdomain = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const labelName = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/;
/** Names of RBAC objects are only a part of a URL's path, `system:node` is one. */
const pathSegment = /^(?!\.{1,2}$)[^/%]+$/;

/** Rules for names, labels and annotations, which the schemas leave to the API server. */
export function metadataFailures(object: Values): Failure[] {
  const metadata = (object["metadata"] ?? {}) as Values;
  const failures: Failure[] = [];
  const refuse = (path: string[], reason: string) =>
    failures.push({ property: formatPath(["metadata", ...path]), reason });

  const rbac = String(object["apiVersion"]).startsWith("rbac.authorization.k8s.io/");
  for (const property of ["name", "namespace"]) {
    const name = metadata[property] as string | undefined;
    if (name === undefined || name === unknown) continue;
    if (name.length > 253) refuse([property], "must have at most 253 characters");
    else if (!(rbac && property === "name" ? pathSegment : subdomain).test(name)) {
      refuse([property], "must consist of lower case letters, digits, - and .");
    }
  }
  for (const property of ["labels", "annotations"]) {
    if (metadata[property] === unknown) continue;
    for (const [key, value] of Object.entries((metadata[property] ?? {}) as Values)) {
      const [prefix, name] = key.includes("/")
        ? [key.split("/")[0]!, key.slice(key.indexOf("/") + 1)]
        : ["a", key];
      if (!subdomain.test(prefix) || !labelName.test(name) || name.length > 63) {
        refuse(
          [property, key],
          "is no name for a label or annotation: [prefix/]name, the name of at most 63 characters",
        );
      }
      if (typeof value !== "string") refuse([property, key], "must be string");
      else if (
        property === "labels" &&
        value !== unknown &&
        value !== "" &&
        !(labelName.test(value) && value.length <= 63)
      ) {
        refuse(
          [property, key],
          "must be at most 63 letters, digits, -, _ and ., and begin and end with a letter or digit",
        );
      }
    }
  }
  return failures;
}
