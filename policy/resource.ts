import {
  Secret,
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
} from "@pulumi/policy";

/** Stands where a preview has no value yet. Rules pass over it: the same rule sees the value during `up`. */
export const notYetKnown = Symbol("not yet known");

/** A resource of the plan as the rules see it. */
export interface PlannedResource {
  /** Type token, such as kubernetes:core/v1:Namespace. */
  type: string;
  urn: string;
  /** The resource option `protect`. */
  protect: boolean;
  /** Inputs as plain data: secrets unwrapped, `notYetKnown` for what a preview cannot know. */
  inputs: Record<string, unknown>;
}

/** A mandatory policy over one resource at a time; every message that `check` returns is a violation. */
export function resourcePolicy(
  name: string,
  description: string,
  check: (resource: PlannedResource) => string[],
): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    validateResource: (args, report) => reportAll(check(planned(args)), report),
  };
}

/** Reports every message as a violation. */
export function reportAll(messages: string[], report: ReportViolation): void {
  for (const message of messages) report(message);
}

function planned(args: Pick<ResourceValidationArgs, "type" | "urn" | "opts" | "props">): PlannedResource {
  return { type: args.type, urn: args.urn, protect: args.opts.protect, inputs: plainProperties(args.props) };
}

/**
 * Copies the properties the policy SDK hands out, whose proxy throws on reading a value that is not known yet: one such
 * value would end the whole check. Keys are sorted, because they arrive in another order each time.
 */
export function plainProperties(props: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(props)
      .sort()
      .map((key) => [key, read(props, key)]),
  );
}

function read(holder: object, key: string | number): unknown {
  let value: unknown;
  try {
    value = (holder as Record<string | number, unknown>)[key];
  } catch {
    return notYetKnown;
  }
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => read(value, index));
  return isRecord(value) ? plainProperties(value) : value;
}

/**
 * Where the properties hold secrets, as paths such as values.core.secret. Only a remediation is handed the secrets as
 * such, and behind a proxy that unwraps them on reading; their property descriptors show them as they are.
 */
export function secretPaths(props: object, path = ""): string[] {
  const descriptors = Object.getOwnPropertyDescriptors(props) as Record<string, PropertyDescriptor>;
  const keys = Array.isArray(props) ? props.map((_, index) => index) : Object.keys(descriptors).sort();
  return keys.flatMap((key) => {
    const value: unknown = descriptors[key]!.value;
    const at = join(path, key);
    if (value instanceof Secret) return [at];
    return typeof value === "object" && value !== null ? secretPaths(value, at) : [];
  });
}

/** Adds keys and indices to a path: values.core, values.initContainers[0], annotations["example.com/a"]. */
export function join(path: string, ...keys: (string | number)[]): string {
  return keys.reduce<string>((at, key) => {
    if (typeof key === "number") return `${at}[${key}]`;
    if (!/^[\w-]+$/.test(key)) return `${at}["${key}"]`;
    return at ? `${at}.${key}` : key;
  }, path);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The elements of a list; none if it is absent or not yet known. */
export function elements(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The value at a path of keys; `notYetKnown` if it, or something it lies in, is not known yet. */
export function propertyAt(value: unknown, ...keys: string[]): unknown {
  for (const key of keys) {
    if (!isRecord(value)) return value === notYetKnown ? notYetKnown : undefined;
    value = value[key];
  }
  return value;
}

/** A value in a message: quoted text, `nothing` for what is absent. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}

/** Kind and name of an object for messages: Deployment harbor/harbor-core. */
export function objectName(object: unknown): string {
  const part = (...keys: string[]) => {
    const value = propertyAt(object, ...keys);
    return typeof value === "string" ? value : "?";
  };
  const namespace = propertyAt(object, "metadata", "namespace");
  const prefix = typeof namespace === "string" ? `${namespace}/` : "";
  return `${part("kind")} ${prefix}${part("metadata", "name")}`;
}
