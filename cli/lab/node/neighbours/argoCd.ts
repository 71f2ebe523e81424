import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { downloadModules } from "../../../kit/charts.js";
import { projectFolder } from "../../../kit/toolchain/tool.js";
import { tools } from "../../../kit/toolchain/tools.js";
import { programsOf } from "../debianFiles.js";
import type { ImageContents } from "../images.js";

/** The parts that follow repositories; the others show things to people, or make Applications by themselves. */
const parts = ["argocd-application-controller", "argocd-repo-server", "argocd-redis"] as const;

interface ArgoCdObject {
  kind: string;
  metadata: { name: string };
  stringData?: Record<string, string>;
  spec?: { template?: { spec?: PodSpec } };
}
interface PodSpec {
  containers: Container[];
  initContainers?: Container[];
}
interface Container {
  image: string;
  imagePullPolicy?: string;
}

/** What there is in ArgoCD's own list of objects for a cluster without its server, but for the set of Applications. */
export async function argoCdManifests(): Promise<ArgoCdObject[]> {
  const folder = join(projectFolder, "tools", tools.argocd.module);
  const [module] = await downloadModules(folder, ["github.com/argoproj/argo-cd/v3"]);
  const all = parseAllDocuments(readFileSync(join(module!.Dir, "manifests/core-install.yaml"), "utf8")).map(
    (document) => document.toJSON() as ArgoCdObject,
  );
  const wanted = all.filter(({ metadata }) => !metadata.name.startsWith("argocd-applicationset-controller"));
  for (const manifest of wanted) {
    const { metadata, spec } = manifest;
    // ArgoCD's web server, which is not here, would write it.
    if (metadata.name === "argocd-secret")
      manifest.stringData = { "server.secretkey": randomBytes(32).toString("base64") };
    // It copies ArgoCD for plugins that make manifests, by an option that Debian's cp is too old for.
    if (metadata.name === "argocd-repo-server" && spec?.template?.spec)
      delete spec.template.spec.initContainers;
  }
  // What is imported is there, and nowhere else.
  for (const container of containersOf(wanted)) container.imagePullPolicy = "IfNotPresent";
  return wanted;
}

const containersOf = (manifests: readonly ArgoCdObject[]): Container[] =>
  manifests.flatMap(({ spec }) => {
    const pod = spec?.template?.spec;
    return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
  });

/** Images that the objects name. */
export const imagesOf = (manifests: readonly ArgoCdObject[]): string[] => [
  ...new Set(containersOf(manifests).map(({ image }) => image)),
];

/** Workloads to wait for, as kubectl names them. */
export const argoCdWorkloads = parts.map((name) =>
  name === "argocd-application-controller" ? `statefulset/${name}` : `deployment/${name}`,
);

/**
 * @param program Path of ArgoCD's one program.
 * @param root The node's root: Git and Redis are Debian's.
 * @param authority File with the certificate of the only authority whose servers it trusts.
 */
export function argoCdContents(program: string, root: string, authority: string): ImageContents {
  const names = ["argocd", "argocd-application-controller", "argocd-repo-server"];
  const git = ["/usr/bin/git", "/usr/lib/git-core/git-remote-https"];
  return {
    argocd: async () => ({
      files: {
        ...(await programsOf(root, ["/bin/sh", ...git])),
        ...Object.fromEntries(names.map((name) => [`/usr/local/bin/${name}`, program])),
        "/etc/ssl/certs/ca-certificates.crt": authority,
      },
      user: "999",
      // It would want GnuPG for signatures of commits, which no project here asks for.
      env: { ARGOCD_GPG_ENABLED: "false", HOME: "/tmp" },
    }),
    redis: async () => ({
      // Which of Redis' programs it is, its name says.
      files: await redisOf(root),
      entrypoint: ["redis-server"],
    }),
  };
}

async function redisOf(root: string) {
  const program = "/usr/bin/redis-check-rdb";
  const files = await programsOf(root, [program]);
  return { ...files, "/usr/local/bin/redis-server": files[program]! };
}
