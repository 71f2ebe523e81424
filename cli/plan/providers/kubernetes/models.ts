import { createRequire } from "node:module";
import type { ErrorObject } from "ajv";
import { formatPath } from "../paths.js";
import { failuresOf } from "../schema.js";
import type { Failure, Values } from "../standIn.js";

const require = createRequire(import.meta.url);

/** Packages of models, by API group. A group that is missing here is one of Kubernetes itself. */
const packages: Record<string, string> = {
  "cert-manager.io": "@kubernetes-models/cert-manager",
  "acme.cert-manager.io": "@kubernetes-models/cert-manager",
  "argoproj.io": "@kubernetes-models/argo-cd",
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

/** Properties that came after the models, by kind. */
const later: Record<string, string[]> = {
  // https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
  "argoproj.io/v1alpha1 AppProject": [
    "spec.clusterResourceBlacklist[].name",
    "spec.clusterResourceWhitelist[].name",
  ],
  // https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec
  "cert-manager.io/v1 Certificate": ["spec.nameConstraints"],
};

/** A model's class: `validate` throws an error with ajv's `errors`. */
interface Model {
  apiVersion: string;
  kind: string;
  prototype: { validate(): void };
}

/**
 * Checks an object against the JSON schema of its kind (https://github.com/tommy351/kubernetes-models-ts), and that it
 * has no property the schema does not name. Undefined where there is no model of that kind.
 */
export function modelFailures(object: Values): Failure[] | undefined {
  const model = modelOf(object["apiVersion"] as string, object["kind"] as string);
  if (!model) return undefined;
  const watched = watch(object, model.prototype);
  const failures = failuresOf(errorsOf(model, watched.proxy), object);
  const unseen = watched.unseen().map(formatPath);
  const known = later[`${model.apiVersion} ${model.kind}`] ?? [];
  return [
    ...failures,
    ...unseen
      .filter((property) => !known.includes(property.replace(/\[\d+\]/g, "[]")))
      .map((property) => ({ property, reason: `is no property that ${packageOf(model.apiVersion)} knows` })),
  ];
}

function modelOf(apiVersion: string, kind: string): Model | undefined {
  let found: Model | undefined;
  try {
    found = require(`${packageOf(apiVersion)}/${apiVersion}/${kind}`)[kind] as Model;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return undefined;
    throw error;
  }
  // Parts of objects have models as well, such as v1/Container.
  return found?.kind === kind && found.apiVersion === apiVersion ? found : undefined;
}

function packageOf(apiVersion: string): string {
  return packages[apiVersion.split("/")[0]!] ?? "kubernetes-models";
}

function errorsOf(model: Model, object: Values): ErrorObject[] {
  try {
    model.prototype.validate.call(object);
    return [];
  } catch (error) {
    const { errors } = error as { errors?: ErrorObject[] };
    if (!errors) throw error;
    return errors;
  }
}

/**
 * The compiled validators accept properties they do not know. But they look at every property they do know, so a
 * property that nobody has looked at, in a map where others were looked at, is misspelt. A map whose properties were
 * listed (labels) or which was not looked into at all (free-form values) may hold anything.
 */
function watch(object: Values, prototype: object): { proxy: Values; unseen(): (string | number)[][] } {
  const maps: { value: Values; path: (string | number)[]; seen: Set<string>; listed: boolean }[] = [];
  const proxyOf = (value: Values, path: (string | number)[]): Values => {
    const map = { value, path, seen: new Set<string>(), listed: Array.isArray(value) };
    const inner = new Map<string, Values>();
    maps.push(map);
    return new Proxy(value, {
      get(target, key) {
        // The validator finds its schema under a symbol of the class.
        if (typeof key === "symbol")
          return Reflect.get(path.length === 0 ? prototype : target, key) as unknown;
        map.seen.add(key);
        const found: unknown = Reflect.get(target, key);
        if (typeof found !== "object" || found === null) return found;
        if (!inner.has(key))
          inner.set(key, proxyOf(found, [...path, Array.isArray(target) ? Number(key) : key]));
        return inner.get(key);
      },
      ownKeys(target) {
        map.listed = true;
        return Reflect.ownKeys(target);
      },
    });
  };
  return {
    proxy: proxyOf(object, []),
    unseen: () =>
      maps
        .filter(({ seen, listed }) => seen.size > 0 && !listed)
        .flatMap(({ value, path, seen }) =>
          Object.keys(value)
            // What generates the models takes every `description` for a comment on the schema.
            .filter((key) => !seen.has(key) && key !== "description")
            .map((key) => [...path, key]),
        ),
  };
}
