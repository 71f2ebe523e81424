import type { IAppProject } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject";
import type { IApplication } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application";
import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { CustomResourcePatch } from "@pulumi/kubernetes/apiextensions/customResourcePatch.js";
import { groupKind, type KindName } from "./kinds.js";

/** The cluster ArgoCD runs in, as its destinations name it. */
const inCluster = "https://kubernetes.default.svc";

/** The project ArgoCD makes for itself when it starts, open to every repository and destination. */
const defaultProject = "default";

export interface ArgoCdApplication {
  /** Name of the Application. */
  name: string;
  /** Git repository, https. */
  repository: string;
  /** Branch, tag or commit. */
  revision: string;
  /** Folder in the repository. */
  path: string;
  /** Namespace it is deployed to; ArgoCD makes it. */
  namespace: string;
}

export interface ArgoCdArgs {
  /** Namespace of the ArgoCD that is running already, 3.3 or later. */
  namespace: pulumi.Input<string>;
  /** The AppProject; it admits the applications below and nothing else. */
  project: string;
  /** Applications kept in sync. */
  applications: ArgoCdApplication[];
  /** Kinds with a namespace that applications may consist of. Default: any. */
  kinds?: readonly KindName[] | undefined;
}

/**
 * An AppProject and its Applications, for an ArgoCD that this program neither installs nor gives any rights.
 *
 * The application controller is cluster-admin, so the project is what limits it: Applications that other people put into
 * the project stop syncing unless they are listed here. Applications come after what their manifests need, such as the
 * Sealed Secrets controller: give `dependsOn`.
 *
 * The project `default` belongs to ArgoCD, so its spec alone is taken over, as a Patch resource, which needs no import and
 * never deletes the project, and whose values replace those of earlier writers, by `patchForce`
 * (https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/).
 */
export class ArgoCd extends pulumi.ComponentResource {
  /** Name of the project, known once it is limited. */
  readonly project: pulumi.Output<string>;

  constructor(name: string, args: ArgoCdArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:access:ArgoCd", name, {}, opts);
    const isDefault = args.project === defaultProject;
    const Project = isDefault ? CustomResourcePatch : CustomResource;
    const annotations = isDefault ? { annotations: { "pulumi.com/patchForce": "true" } } : {};
    const project = new Project(
      `${name}-project`,
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: args.project, namespace: args.namespace, ...annotations },
        spec: projectSpec(args.applications, args.kinds),
      },
      { parent: this },
    );
    for (const application of args.applications) {
      new CustomResource(
        `${name}-${application.name}`,
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          // Without ArgoCD's finalizer: an Application that is deleted leaves what it deployed running.
          metadata: { name: application.name, namespace: args.namespace },
          spec: applicationSpec(args.project, application),
        },
        // An Application never syncs under a project that is still open.
        { parent: this, dependsOn: project },
      );
    }
    this.project = project.metadata.name;
    this.registerOutputs({ project: this.project });
  }
}

/**
 * What the project admits: each application's repository, and its namespace in this cluster.
 *
 * @param kinds Kinds with a namespace that applications may consist of. Default: any, and no field that says so.
 */
export function projectSpec(
  applications: ArgoCdApplication[],
  kinds?: readonly KindName[],
): IAppProject["spec"] {
  const namespaces = sorted(applications.map((application) => application.namespace));
  return {
    description: "Limited to the applications that cluster-security lists.",
    sourceRepos: sorted(applications.map((application) => application.repository)),
    destinations: namespaces.map((namespace) => ({ server: inCluster, namespace })),
    // Nothing without a namespace but the namespaces themselves, which CreateNamespace needs. By name, because
    // destinations do not limit what has no namespace: without it an application could take over kube-system.
    clusterResourceWhitelist: namespaces.map((name) => ({ group: "", kind: "Namespace", name })),
    // A list of what may be brought, and not of what may not: a kind that nobody thought of is left out.
    ...(kinds ? { namespaceResourceWhitelist: sorted([...kinds]).map(groupKind) } : {}),
  };
}

/** An application that follows its repository: what is deleted there is deleted here, what is changed here is put back. */
export function applicationSpec(project: string, application: ArgoCdApplication): IApplication["spec"] {
  return {
    project,
    source: {
      repoURL: application.repository,
      targetRevision: application.revision,
      path: application.path,
    },
    destination: { server: inCluster, namespace: application.namespace },
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      syncOptions: ["CreateNamespace=true"],
    },
  };
}

function sorted(values: string[]): string[] {
  return [...new Set(values)].sort();
}
