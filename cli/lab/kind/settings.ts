import { parse, stringify } from "yaml";

/** Name of the stack. Git ignores a file of that name, which is made anew for each run. */
export const kindStack = "kind.local";

/**
 * The stack's file for a kind cluster, from the lab's: the same but for what a cluster with real pods, and without a
 * public name, needs.
 *
 * @param lab Pulumi.lab.yaml.
 * @param version Kubernetes version of the node's image.
 * @param node Name of the node.
 */
export function kindSettings(lab: string, version: string, node: string): string {
  const { config } = parse(lab) as { config: Record<string, any> };
  const setting = (name: string) => config[`cluster-security:${name}`];

  const cluster = setting("cluster");
  cluster.name = "kind";
  cluster.kubernetesVersion = version;
  cluster.nodes = [{ ...cluster.nodes[0], name: node }];

  // Nobody can prove here that the zone is theirs; certificates from an authority of the cluster's own really come. A Gateway
  // does not trust that one, so TLS ends there.
  for (const certificate of setting("certificates").certificates) certificate.issuer = "internal-ca";
  setting("registry").tlsAt = "gateway";

  // The class that kind brings, with a provisioner behind it.
  setting("registry").storageClass = "standard";
  const { jobs } = setting("backups");
  jobs.restoreDrill = { ...jobs.restoreDrill, velero: { storageClass: "standard" } };
  // As Pulumi reads it: a date without quotes becomes another text.
  return stringify({ config }, { schema: "yaml-1.1" });
}
