import { isDeepStrictEqual } from "node:util";
import { projectSpec } from "../../../components/gitops/argoCd.js";
import { admittedKinds } from "../../../stacks/settings/derived/applicationKinds.js";
import { admissionAsSet } from "../checks/access/admission.js";
import { onlyListedAdministrators } from "../checks/access/administrators.js";
import { anonymousHealthOnly, oldTlsRefused } from "../checks/access/connections.js";
import { noPublicApiServer } from "../checks/access/exposure.js";
import { objectsKeepRules } from "../checks/access/existing.js";
import { kubeconfigsClosed, noKubeconfigInCluster } from "../checks/access/kubeconfigs.js";
import { onlyListedPrivileges } from "../checks/access/privileged.js";
import { reviewed, type Rights } from "../checks/access/reviews.js";
import {
  applicationRights,
  argoCdControllerRights,
  argoCdRepoServerRights,
  argoCdServerRights,
  certManagerRights,
  certManagerWebhookRights,
  sealedSecretsRights,
  veleroNeighbourRights,
  veleroRights,
} from "../checks/access/rights.js";
import { workloadsKeepRules } from "../checks/access/workloads.js";
import { judged, unchecked, worstOf, type Concern, type Finding } from "../claim.js";
import { list, read, type KubeObject } from "../cluster/objects.js";
import type { Target } from "../cluster/target.js";

export const unauthorizedAccess: Concern = {
  concern: "Unauthorized cluster access",
  mitigation: "kubeconfig on local machine only, no public API server",
  claims: [
    { claim: "The API server is not public", check: noPublicApiServer },
    { claim: "Kubeconfigs are closed to other users of their machine", check: kubeconfigsClosed },
    { claim: "No kubeconfig lies in the cluster", check: noKubeconfigInCluster },
    { claim: "Anonymous requests are answered on the health endpoints only", check: anonymousHealthOnly },
    { claim: "TLS below 1.2 is refused", check: oldTlsRefused },
    { claim: "Nobody holds cluster-admin but those on the list", check: onlyListedAdministrators },
    {
      claim: "Nobody else reads Secrets or holds a right that leads to more, but those on the list",
      check: onlyListedPrivileges,
    },
    {
      claim: "The API server judges images, pods and new administrators as the settings say",
      check: admissionAsSet,
    },
    { claim: "What runs in isolated namespaces keeps to those rules", check: workloadsKeepRules },
    { claim: "What else exists keeps to them as well", check: objectsKeepRules },
    {
      claim: "The Sealed Secrets controller's ServiceAccount is scoped to reading and writing Secrets",
      check: (target) => reviewed(target, sealedSecretsRights),
    },
    {
      claim: "cert-manager's RBAC is scoped to its own kinds and the Secrets of certificates",
      check: (target) => allReviewed(target, [certManagerRights, certManagerWebhookRights]),
    },
    {
      claim: "Velero runs with cluster-admin, and nothing else in its namespace does",
      check: (target) => allReviewed(target, [veleroRights, veleroNeighbourRights]),
    },
    {
      claim: "ArgoCD's application controller has cluster-admin rights, its other parts do not",
      check: argoCd,
    },
    { claim: "ArgoCD's project admits only what is listed", check: argoCdProject },
    { claim: "An application's pods have no right to Secrets or to anything else", check: applications },
  ],
};

/** One finding for several ServiceAccounts: the worst. */
async function allReviewed(target: Target, rights: Rights[]): Promise<Finding> {
  const findings: Finding[] = [];
  for (const right of rights) findings.push(await reviewed(target, right));
  return worstOf(findings);
}

async function argoCd(target: Target): Promise<Finding> {
  const { namespace } = target.settings.access.argocd;
  const parts = [argoCdControllerRights, argoCdServerRights, argoCdRepoServerRights];
  return allReviewed(
    target,
    parts.map((part) => part(namespace)),
  );
}

type AppProject = KubeObject & { spec: Record<string, unknown> };

/** Whether the project is the one that the settings make, in everything that decides what it admits. */
async function argoCdProject({ api, settings }: Target): Promise<Finding> {
  const { enabled, namespace, project: name, applications } = settings.access.argocd;
  if (!enabled) return unchecked("the stack's settings leave ArgoCD out (access.argocd.enabled)");
  const path = `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/appprojects/${name}`;
  const project = await read<AppProject>(api, path);
  if (!project) return unchecked(`there is no AppProject ${namespace}/${name}: ArgoCD is not installed here`);
  const wanted: Record<string, unknown> = { ...projectSpec(applications, admittedKinds(settings)) };
  const { spec } = project;
  return judged(
    [...new Set([...Object.keys(wanted), ...Object.keys(spec)])]
      .filter((key) => key !== "description" && !isDeepStrictEqual(spec[key] ?? [], wanted[key] ?? []))
      .map(
        (key) =>
          `AppProject ${namespace}/${name} has ${key} ${JSON.stringify(spec[key] ?? [])}, not ${JSON.stringify(wanted[key] ?? [])}`,
      ),
    `AppProject ${namespace}/${name} admits ${applications.map(({ name }) => name).join(", ") || "nothing"} alone`,
  );
}

/** The listed applications that are there; a cluster without one has the namespace default, like any. */
async function applications(target: Target): Promise<Finding> {
  const wanted = target.settings.access.argocd.applications.map(({ namespace }) => namespace);
  const there = new Set(
    ((await list(target.api, "/api/v1/namespaces")) ?? []).map(({ metadata }) => metadata.name),
  );
  const namespaces = [...new Set(wanted)].filter((namespace) => there.has(namespace));
  return allReviewed(target, (namespaces.length > 0 ? namespaces : ["default"]).map(applicationRights));
}
