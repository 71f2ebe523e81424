import { systemNamespace } from "../../../components/common/addOnNamespaces.js";
import type { ClusterConnection } from "../apply/index.js";

/** cert-manager would register an account at the first, Velero would ask the second for a bucket that is not there. */
const outOfReach = ["letsencrypt.org", "oraclecloud.com"];

/** A configuration of CoreDNS that knows no name of these domains, and is the same otherwise. */
export function withoutDomains(corefile: string, domains: readonly string[]): string {
  const zones = domains.map((domain) => `${domain}:53`).join(" ");
  return `${zones} {\n    template ANY ANY {\n        rcode NXDOMAIN\n    }\n}\n${corefile}`;
}

/** Keeps the pods of a test cluster away from the services of the real one. To be called before CoreDNS has started. */
export async function keepToItself({ api }: Pick<ClusterConnection, "api">): Promise<void> {
  const metadata = { name: "coredns", namespace: systemNamespace };
  const found = await api.get({ apiVersion: "v1", kind: "ConfigMap", metadata });
  if (!found) throw new Error(`${systemNamespace} has no ConfigMap coredns`);
  const { Corefile } = found["data"] as { Corefile: string };
  const data = { Corefile: withoutDomains(Corefile, outOfReach) };
  await api.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data }, { manager: "lab", force: true });
}
