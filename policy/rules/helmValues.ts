import { elements, isRecord, join } from "../resource.js";
import { credentialsIn } from "./credentials.js";

/**
 * Violations in the inputs of a Helm release: Helm keeps values in a Secret of its own and Pulumi in its state, so a
 * chart is given the names of Secrets and never what is in them.
 *
 * @param secrets Paths of the inputs that are marked secret.
 */
export function checkRelease(inputs: Record<string, unknown>, secrets: string[] = []): string[] {
  const marked = secrets.filter((path) => path === "values" || /^values[.[]/.test(path));
  const written = credentialsIn(inputs["values"], "values").filter((path) => !lies(path, marked));
  return [
    ...marked.map(
      (path) =>
        `${path} is marked secret, and Helm stores values: they may hold only the name of a Secret. ` +
        "Put what is secret into a Secret and give the chart its name.",
    ),
    ...written.map(
      (path) =>
        `${path} holds a credential, and Helm stores values: they may hold only the name of a Secret. ` +
        "Put the credential into a Secret and name that in the chart's existingSecret… or …SecretName value.",
    ),
    ...(elements(inputs["valueYamlFiles"]).length > 0
      ? [
          "valueYamlFiles hides values in files, where no rule sees them; only values may be used. Move them there.",
        ]
      : []),
  ];
}

/** Violations in one Kubernetes object: credentials written out in the environment or the arguments of a container. */
export function checkObject(object: unknown): string[] {
  return processes(object, "").map(
    (path) =>
      `${path} holds a credential that every reader of the object sees; only a reference to a Secret is allowed. ` +
      "Use valueFrom.secretKeyRef, and $(VARIABLE) in arguments.",
  );
}

/** What processes are started with, in containers at any depth. */
function processes(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => processes(element, join(path, index)));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = join(path, key);
    return /^(env|command|args)$/.test(key) ? credentialsIn(elements(inner), at) : processes(inner, at);
  });
}

/** Whether a path is one of those marked secret, or lies in one. */
function lies(path: string, marked: string[]): boolean {
  return marked.some((at) => path === at || path.startsWith(`${at}.`) || path.startsWith(`${at}[`));
}
