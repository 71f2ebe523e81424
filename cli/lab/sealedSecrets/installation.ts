import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { systemNamespace as namespace } from "../../../components/common/addOnNamespaces.js";
import { privilegedSubjects } from "../../../components/access/privileged.js";
import { controllerName, sealedSecretsValues } from "../../../components/secrets/sealedSecrets.js";
import type { Settings } from "../../../stacks/settings/index.js";

/** Runs kubectl on the lab's cluster, and answers with what it printed. */
export type Kubectl = (args: string[], stdin?: string) => string;

/** What the cluster says about how its controller is to run. */
export interface Installation {
  namespace: string;
  serviceAccount: string;
  flags: string[];
  /** Where flags and rights come from, for the report: the chart, or the lab's stand-in for it. */
  source: string;
  /** Whose rights it has, where they are not the chart's. */
  standIn?: Settings["access"]["privileged"][number];
}

/** The parts of a Deployment that matter here. */
interface Deployment {
  metadata: { namespace: string; labels?: Record<string, string> };
  spec: { template: { spec: { serviceAccountName?: string; containers: { args?: string[] }[] } } };
}

const standInName = "sealed-secrets-stand-in";
const standIn = fileURLToPath(new URL("standIn.yaml", import.meta.url));
const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=lab", "--filename", "-"];

/**
 * How the controller runs: as the Deployment in the cluster says, with the rights the chart gave its ServiceAccount. Where
 * the chart could not be installed, with a stand-in's rights, and the flags the chart makes of the program's values.
 */
export function installation(kubectl: Kubectl): Installation {
  const found = kubectl([
    "get",
    "deployment",
    controllerName,
    "--namespace",
    namespace,
    "--ignore-not-found",
    "--output=json",
  ]);
  if (found.trim()) return fromDeployment(JSON.parse(found) as Deployment);
  kubectl(apply, readFileSync(standIn, "utf8"));
  const { may = [], namespaces = [] } = privilegedSubjects().find(({ name }) => name === controllerName)!;
  return {
    namespace,
    serviceAccount: standInName,
    flags: standInFlags(),
    source: "stand-in for the chart, which could not be had (cli/lab/sealedSecrets/standIn.yaml)",
    standIn: {
      kind: "ServiceAccount",
      ...{ namespace, name: standInName },
      reason: "stands in for the ServiceAccount of the Sealed Secrets chart",
      // As many as the program gives the ServiceAccount of the chart.
      ...{ may: [...may], namespaces: [...namespaces] },
    },
  };
}

/** The settings of a stack with the stand-in among those who may read Secrets: in the lab alone, so not in its file. */
export function withStandIn(settings: Settings, { standIn }: Pick<Installation, "standIn">): Settings {
  if (!standIn) return settings;
  return {
    ...settings,
    access: { ...settings.access, privileged: [...settings.access.privileged, standIn] },
  };
}

/** Reads the Deployment that the chart made. */
export function fromDeployment({ metadata, spec }: Deployment): Installation {
  const pod = spec.template.spec;
  const chart = metadata.labels?.["helm.sh/chart"];
  return {
    namespace: metadata.namespace,
    serviceAccount: pod.serviceAccountName ?? "default",
    flags: pod.containers[0]?.args ?? [],
    source: chart ? `chart ${chart}` : `the Deployment ${controllerName} of the cluster`,
  };
}

/** The flags the chart makes of the program's values, as far as those set any. */
export function standInFlags(): string[] {
  const { keyrenewperiod, watchForSecrets } = sealedSecretsValues({});
  return [
    "--update-status",
    "--key-renew-period",
    keyrenewperiod,
    "--key-prefix",
    "sealed-secrets-key",
    ...(watchForSecrets ? ["--watch-for-secrets"] : []),
  ];
}

const definitionName = "sealedsecrets.bitnami.com";

/**
 * Sees to it that the cluster knows SealedSecrets: by the definition it has, else by the one in the folder, else by one
 * made here, which takes any content.
 *
 * @param folder Folder with CustomResourceDefinitions in YAML. Default: none.
 * @returns Which one it is, for the report.
 */
export function ensureDefinition(kubectl: Kubectl, folder?: string): string {
  const what = () =>
    isOpen(
      kubectl([
        "get",
        "customresourcedefinition",
        definitionName,
        "--ignore-not-found",
        "--output=jsonpath={.metadata.name} {.spec.versions[*].schema.openAPIV3Schema.x-kubernetes-preserve-unknown-fields}",
      ]),
    );
  let found = what();
  if (found === undefined) {
    kubectl(apply, published(folder) ?? stringify(openDefinition));
    kubectl([
      "wait",
      `customresourcedefinition/${definitionName}`,
      "--for=condition=Established",
      "--timeout=30s",
    ]);
    found = what();
  }
  return found
    ? "open-schema definition made by the lab, as the published one is not at hand"
    : "the published definition";
}

/** Whether the definition takes any content; undefined if there is none. */
function isOpen(answer: string): boolean | undefined {
  return answer.trim() === "" ? undefined : answer.trim().endsWith("true");
}

/** Text of the published definition, if it is in the folder. */
function published(folder: string | undefined): string | undefined {
  if (!folder || !existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .flatMap((file) => readFileSync(join(folder, file), "utf8").split(/^---.*$/m))
    .find((text) => new RegExp(`^ {2}name: ${definitionName}$`, "m").test(text));
}

/** A definition of SealedSecret without rules for its content; the controller writes its findings to the status. */
const openDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: definitionName },
  spec: {
    group: "bitnami.com",
    names: {
      kind: "SealedSecret",
      listKind: "SealedSecretList",
      plural: "sealedsecrets",
      singular: "sealedsecret",
    },
    scope: "Namespaced",
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
