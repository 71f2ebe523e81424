import { publishedBy } from "../../components/common/publishedPasswords.js";
import { elements, isRecord, notYetKnown, propertyAt } from "../resource.js";

/** What Harbor's chart has a published password for, and the value that names a Secret instead. */
const harborReferences = [
  { path: "existingSecretAdminPassword", guards: "the password of admin" },
  { path: "existingSecretSecretKey", guards: "the key that encrypts credentials in its database" },
  { path: "registry.credentials.existingSecret", guards: "the password of its registry" },
  { path: "database.external.existingSecret", guards: "the password of its database" },
];

/** Violations in the inputs of a Helm release: published passwords of Harbor's chart that no Secret takes the place of. */
export function checkRelease(inputs: Record<string, unknown>): string[] {
  if (chartName(inputs["chart"]) !== "harbor") return [];
  const values = inputs["values"];
  const missing = harborReferences.filter(({ path }) => !propertyAt(values, ...path.split(".")));
  const internal = (propertyAt(values, "database", "type") ?? "internal") === "internal";
  const variables = propertyAt(values, "database", "internal", "extraEnvVars");
  const passwordGiven =
    variables === notYetKnown ||
    elements(variables).some(
      (variable) =>
        propertyAt(variable, "name") === "POSTGRES_PASSWORD" &&
        propertyAt(variable, "valueFrom", "secretKeyRef"),
    );
  return [
    ...missing.map(
      ({ path, guards }) =>
        `values.${path} is not set, so Harbor takes ${guards} from its chart, where anybody can read it. ` +
        "Name a Secret of ours there.",
    ),
    // The chart has no value for a Secret here; an entry of `env` wins over the chart's own Secret.
    ...(internal && !passwordGiven
      ? [
          "values.database.internal.extraEnvVars has no POSTGRES_PASSWORD, so Harbor's PostgreSQL begins with the " +
            "password in its chart, where anybody can read it. Take it from a Secret of ours by valueFrom.secretKeyRef.",
        ]
      : []),
  ];
}

/** Violations in one Kubernetes object: a Secret that holds a published password. */
export function checkObject(object: unknown): string[] {
  if (!isRecord(object) || object["kind"] !== "Secret") return [];
  const encoded = entries(object["data"]).map(([key, text]) => [key, decoded(text)] as const);
  return [...encoded, ...entries(object["stringData"])].flatMap(([key, text]) => {
    const source = publishedBy(text);
    if (!source) return [];
    return [
      `key ${key} holds a password that ${source} publishes; only a value of our own is allowed. ` +
        "Name a Secret of ours in the chart's values, and empty the value this comes from.",
    ];
  });
}

/**
 * Violations among the objects of a whole plan. Velero makes the Secret with the password of its backup repositories
 * itself where it finds none, the same everywhere
 * (https://github.com/vmware-tanzu/velero/blob/v1.18.1/pkg/repository/keys/keys.go).
 */
export function checkRepositoryPassword(charts: unknown[], objects: unknown[]): string[] {
  if (!charts.some((chart) => chartName(chart) === "velero")) return [];
  const given = objects.some((object) => {
    const name = propertyAt(object, "metadata", "name");
    return (
      propertyAt(object, "kind") === "Secret" &&
      (name === "velero-repo-credentials" || name === notYetKnown) &&
      ["data", "stringData"].some((holder) => propertyAt(object, holder, "repository-password"))
    );
  });
  return given
    ? []
    : [
        "there is Velero but no Secret velero-repo-credentials with a key repository-password, so Velero encrypts " +
          "backups with a password that anybody can read in its source. Make that Secret before the release.",
      ];
}

function chartName(chart: unknown): string | undefined {
  return typeof chart === "string" ? chart.replace(/\/+$/, "").split("/").at(-1) : undefined;
}

function entries(holder: unknown): [string, string][] {
  if (!isRecord(holder)) return [];
  return Object.entries(holder).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString();
}
