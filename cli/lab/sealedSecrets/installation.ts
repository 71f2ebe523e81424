import { fileURLToPath } from "node:url";
import { systemNamespace as namespace } from "../../../components/common/addOnNamespaces.js";
import { privilegedSubjects } from "../../../components/access/privileged.js";
import { controllerName, sealedSecretsValues } from "../../../components/secrets/sealedSecrets.js";
import type { Settings } from "../../../stacks/settings/index.js";
import type { Kubectl } from "../kubectl.js";

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
const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=lab", "--filename", standIn];

/**
 * How the controller runs: as the Deployment in the cluster says, with the rights the chart gave its ServiceAccount. Where
 * the chart could not be installed, with a stand-in's rights, and the flags the chart makes of the program's values.
 */
export async function installation(kubectl: Kubectl): Promise<Installation> {
  const found = await kubectl([
    ...["get", "deployment", controllerName, "--namespace", namespace],
    ...["--ignore-not-found", "--output=json"],
  ]);
  if (found.trim()) return fromDeployment(JSON.parse(found) as Deployment);
  await kubectl(apply);
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
