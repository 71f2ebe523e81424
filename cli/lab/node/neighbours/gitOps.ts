import { randomBytes } from "node:crypto";
import type { Settings } from "../../../../stacks/settings/index.js";
import type { ToolName } from "../../../kit/toolchain/tools.js";
import { seal } from "../../../verify/checks/secrets/seal.js";
import { example } from "../../../verify/claims/secretsInGit.js";
import type { NodeImages } from "../images.js";
import { importInto, type RealNode } from "../realNode.js";
import { argoCdContents, argoCdManifests, argoCdWorkloads, imagesOf } from "./argoCd.js";
import { apply, ready } from "./kubectl.js";
import { Repository } from "./repository.js";

export interface GitOpsOptions {
  settings: Settings;
  paths: ReadonlyMap<ToolName, string>;
  /** The node's root. */
  root: string;
  /** File with the certificate of the authority that repositories are trusted by. */
  authority: string;
}

/** ArgoCD, and the applications' repositories in the node. */
export class GitOps {
  /** The repository of each application, by the application's name. */
  readonly repositories: ReadonlyMap<string, Repository>;

  private constructor(
    private readonly node: RealNode,
    private readonly options: GitOpsOptions,
  ) {
    const { applications } = options.settings.access.argocd;
    this.repositories = new Map(
      applications.map(({ name, repository, revision }) => [
        name,
        new Repository(node, repository, revision),
      ]),
    );
  }

  /** Installs ArgoCD. Its pods wait for their network. */
  static async start(
    nodes: readonly RealNode[],
    images: NodeImages,
    options: GitOpsOptions,
  ): Promise<GitOps> {
    const { settings, paths, root, authority } = options;
    const [node] = nodes as [RealNode];
    images.add(argoCdContents(paths.get("argocd")!, root, authority));
    const manifests = await argoCdManifests();
    await importInto(nodes, await images.make(imagesOf(manifests)));
    await apply(node, manifests, settings.access.argocd.namespace);
    return new GitOps(node, options);
  }

  /**
   * Gives each repository a SealedSecret, and waits until ArgoCD has brought it.
   *
   * @param certificate The stack's output sealingCertificate.
   */
  async complete(certificate: string): Promise<void> {
    const { settings, paths } = this.options;
    const { namespace: argocd, applications } = settings.access.argocd;
    for (const { name, namespace, path } of applications) {
      const secret = { name: `${name}-db`, namespace, values: databaseSecret() };
      const file = `${path}/${secret.name}.yaml`;
      await this.commit(name, { [file]: await seal(paths.get("kubeseal")!, certificate, secret) });
    }
    for (const workload of argoCdWorkloads) await ready(this.node, argocd, workload);
    const synced = applications.map(({ name }) => `application/${name}`);
    if (synced.length === 0) return;
    const wait = ["wait", ...synced, "--for=jsonpath={.status.sync.status}=Synced", "--timeout=120s"];
    await this.node.run(["kubectl", "--namespace", argocd, ...wait]);
  }

  /** Commits files to an application's repository, all that it has from then on, and has ArgoCD look at it. */
  async commit(application: string, files: Readonly<Record<string, string>>): Promise<void> {
    await this.repositories.get(application)!.commit(files);
    const { namespace } = this.options.settings.access.argocd;
    const annotate = ["annotate", "--overwrite", "application", application];
    const refresh = "argocd.argoproj.io/refresh=normal";
    await this.node.run(["kubectl", "--namespace", namespace, ...annotate, refresh]);
  }
}

/** What an application's database Secret holds, as the page shows it. */
const databaseSecret = () =>
  Object.fromEntries(example.keys.map((key) => [key, randomBytes(12).toString("hex")]));
