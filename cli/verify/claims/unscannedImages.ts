import { addOnNamespaces } from "../../../components/common/addOnNamespaces.js";
import { harborService } from "../../../components/registry/harborValues.js";
import { harborHostname } from "../../../stacks/settings/derived/hostname.js";
import { unchecked, judged, failed, type Concern, type Finding } from "../claim.js";
import type { HttpRoute, ParentRef } from "../cluster/kinds.js";
import { list, namespacedName } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";
import {
  missingRelease,
  needsRealPods,
  readiness,
  readWorkload,
  workloadsReady,
  type Workload,
  type WorkloadRef,
} from "../cluster/workloads.js";

const namespace = addOnNamespaces.harbor;

/** The page's eight pods. */
const workloads: WorkloadRef[] = [
  ...["core", "registry", "nginx", "portal", "jobservice"].map((part): WorkloadRef => ({
    kind: "Deployment",
    namespace,
    name: `harbor-${part}`,
  })),
  ...["database", "redis", "trivy"].map((part): WorkloadRef => ({
    kind: "StatefulSet",
    namespace,
    name: `harbor-${part}`,
  })),
];

/** What Trivy looks for, as its adapter is told: OS and application packages, misconfigurations, leaked secrets. */
const trivyEnvironment = {
  SCANNER_TRIVY_VULN_TYPE: ["os", "library"],
  SCANNER_TRIVY_SECURITY_CHECKS: ["vuln", "config", "secret"],
};

export const unscannedImages: Concern = {
  concern: "Unscanned images",
  mitigation: "Harbor + Trivy vulnerability scanning",
  claims: [
    { claim: "Harbor runs in the harbor namespace with its eight pods", check: ifEnabled(pods) },
    {
      claim: "Trivy checks OS packages, application dependencies and configuration",
      check: ifEnabled(trivy),
    },
    {
      claim: "Harbor is accessed at its public name via an HTTPRoute of the Gateway",
      check: ifEnabled(route),
    },
    {
      claim: "Every image pushed to Harbor is scanned; policies can block pulls",
      check: ifEnabled(projects),
    },
  ],
};

function ifEnabled(check: (target: Target) => Promise<Finding>) {
  return async (target: Target): Promise<Finding> =>
    target.settings.registry.enabled
      ? check(target)
      : unchecked("the stack's settings leave Harbor out (registry.enabled)");
}

async function pods(target: Target): Promise<Finding> {
  return workloadsReady(target, "harbor", workloads, ({ metadata, spec }) => {
    const containers = spec.template.spec.containers.map(({ name }) => name);
    const isWhole =
      metadata.name !== "harbor-registry" || ["registry", "registryctl"].every((c) => containers.includes(c));
    return isWhole ? [] : [`has the containers ${containers.join(", ")}, not registry and registryctl`];
  });
}

async function trivy(target: Target): Promise<Finding> {
  const ref: WorkloadRef = { kind: "StatefulSet", namespace, name: "harbor-trivy" };
  const found = await readWorkload(target, ref);
  if (!found) return missingRelease(target, "harbor", `StatefulSet ${namespace}/harbor-trivy does not exist`);
  const problems = Object.entries(trivyEnvironment).flatMap(([variable, wanted]) => {
    const value = environmentOf(found, variable);
    return wanted.filter((part) => !value.includes(part)).map((part) => `${variable} lacks ${part}`);
  });
  const { ready, wanted } = await readiness(target, ref, found);
  if (ready < wanted || wanted === 0) problems.push(`Trivy has ${ready} of ${wanted} pods ready`);
  const seen = Object.keys(trivyEnvironment)
    .map((name) => `${name}=${environmentOf(found, name).join(",")}`)
    .join(", ");
  if (problems.length > 0) return failed(problems.join("; "));
  if (target.simulatedPods) return needsRealPods(`${seen}, and nothing is scanned`);
  return unchecked(
    `${seen}, but only Harbor knows whether anything was scanned, and tells nobody but its administrator; scan_overview ` +
      `of an artifact says it: curl -u admin "https://${harborHostname(target.settings)}/api/v2.0/projects/<project>/` +
      'repositories/<repository>/artifacts?with_scan_overview=true"',
  );
}

function environmentOf({ spec }: Workload, variable: string): string[] {
  const entries = spec.template.spec.containers.flatMap(({ env }) => env ?? []);
  return entries.find(({ name }) => name === variable)?.value?.split(",") ?? [];
}

async function route(target: Target): Promise<Finding> {
  const { api, settings, simulatedPods } = target;
  const hostname = harborHostname(settings);
  const { gateway } = settings;
  const label = `${gateway.namespace}/${gateway.name}`;
  const isGateway = (ref: ParentRef | undefined) =>
    ref?.name === gateway.name && (ref.namespace ?? namespace) === gateway.namespace;
  const routes = await list<HttpRoute>(
    api,
    `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes`,
  );
  if (!routes) return failed("the cluster knows no HTTPRoutes: the Gateway API is not installed");
  const ofName = routes.filter(
    ({ spec }) => spec.hostnames?.includes(hostname) && spec.parentRefs?.some(isGateway),
  );
  // The other one redirects from HTTP, and leads nowhere.
  const found = ofName.find(({ spec }) => spec.rules?.some(({ backendRefs }) => backendRefs)) ?? ofName[0];
  if (!found) return failed(`no HTTPRoute in ${namespace} leads ${hostname} from the Gateway ${label}`);
  const name = namespacedName(found);
  const backends = (found.spec.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []);
  const strangers = backends.filter((backend) => backend.name !== harborService.name);
  if (backends.length === 0 || strangers.length > 0) {
    const where = strangers.map(({ name, port }) => `${name}:${port}`).join(", ") || "nowhere";
    return failed(
      `HTTPRoute ${name} leads ${hostname} to ${where}, not to Harbor's Service ${harborService.name}`,
    );
  }
  const conditions = (found.status?.parents ?? [])
    .filter(({ parentRef }) => isGateway(parentRef))
    .flatMap((parent) => parent.conditions ?? []);
  if (conditions.length === 0) {
    const text = `HTTPRoute ${name} leads ${hostname} from ${label}, but no Gateway controller has accepted it`;
    if (simulatedPods) return unchecked(`${text}; check a cluster with real nodes and Traefik`);
    return missingRelease(target, "harbor", text);
  }
  const problems = ["Accepted", "ResolvedRefs"].flatMap((type) => {
    const condition = conditions.find((condition) => condition.type === type);
    if (condition?.status === "True") return [];
    return [
      `HTTPRoute ${name} is not ${type}: ${condition?.message ?? condition?.reason ?? "the Gateway has not said so"}`,
    ];
  });
  if (problems.length > 0) return failed(problems.join("; "));
  // What answers at its name then is something else.
  return target.recorded.has("harbor") ? missingRelease(target, "harbor", "") : answers(target, hostname);
}

/** Whether Harbor answers at its name, with a certificate that clients accept. */
async function answers({ web, settings }: Target, hostname: string): Promise<Finding> {
  const url = `https://${hostname}/api/v2.0/ping`;
  const answer = await web(url).catch((error: Error) => error);
  if (answer instanceof Error)
    return unchecked(
      `the Gateway has accepted the route, but ${url} cannot be reached from here: ${answer.message}`,
    );
  // Browsers trust no certificate of Let's Encrypt's staging environment.
  const distrust = settings.certificates.acme.environment === "staging" ? undefined : answer.distrust;
  return judged(
    [
      ...(answer.status === 200 ? [] : [`${url} answers with status ${answer.status}`]),
      ...(distrust ? [`clients refuse the certificate at ${hostname}: ${distrust}`] : []),
    ],
    `${url} answers${answer.distrust ? ", with a certificate of the staging environment" : ", with a certificate that clients accept"}`,
  );
}

/** Only Harbor knows, and only to its administrator, whose password is not to leave the cluster for a check. */
async function projects({ settings }: Target): Promise<Finding> {
  const url = `https://${harborHostname(settings)}`;
  return Promise.resolve(
    unchecked(
      "a project's settings are in Harbor, not in the cluster; auto_scan and prevent_vul say it: " +
        `curl -u admin ${url}/api/v2.0/projects`,
    ),
  );
}
