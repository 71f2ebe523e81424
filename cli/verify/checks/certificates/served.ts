import { X509Certificate } from "node:crypto";
import { failed, proved, unchecked, type Finding } from "../../claim.js";
import { list, read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { certificatesIn, storedTexts } from "./x509.js";

interface Listener {
  name: string;
  port: number;
  /** Default: any name. */
  hostname?: string;
  tls?: { mode?: "Terminate" | "Passthrough"; certificateRefs?: { name: string; namespace?: string }[] };
}

type Gateway = KubeObject & { spec: { listeners: Listener[] } };

type HttpRoute = KubeObject & {
  spec: {
    hostnames?: string[];
    parentRefs?: { name: string; namespace?: string; sectionName?: string; port?: number }[];
  };
};

const group = "/apis/gateway.networking.k8s.io/v1";

/** Whether each name that the Gateway serves by TLS is served with a certificate of its listener's Secrets. */
export async function servedAsStored(target: Target): Promise<Finding> {
  const { api, settings } = target;
  const { namespace, name } = settings.gateway;
  const label = `the Gateway ${namespace}/${name}`;
  const gateway = await read<Gateway>(api, `${group}/namespaces/${namespace}/gateways/${name}`);
  if (!gateway)
    return unchecked(`whether they are served is not known: there is no Gateway ${namespace}/${name}`);
  const routes = (await list<HttpRoute>(api, `${group}/httproutes`)) ?? [];
  const names = namesOf(gateway, routes);
  const [wildcards, hosts] = [true, false].map((isWildcard) =>
    [...names].filter(([host]) => host.startsWith("*.") === isWildcard),
  ) as [[string, Set<string>][], [string, Set<string>][]];
  if (hosts.length === 0)
    return unchecked(`whether they are served is not known: ${label} ends TLS for no name`);

  const problems: string[] = [];
  const unreached: string[] = [];
  for (const [host, secrets] of hosts) {
    const answer = await target.web(`https://${host}/`).catch((error: Error) => error);
    if (answer instanceof Error)
      unreached.push(
        `${host} cannot be reached from here: ${answer.message}; openssl s_client -connect ${host}:443 -servername ${host}`,
      );
    else problems.push(...(await servingProblems(target, host, secrets, answer.chain)));
  }
  if (problems.length > 0) return failed(problems.join("; "));
  if (unreached.length > 0) return unchecked(unreached.join("; "));
  const left =
    wildcards.length > 0 ? `; not connected to: ${wildcards.map(([host]) => host).join(", ")}` : "";
  return proved(`${label} serves them as stored: ${hosts.map(([host]) => host).join(", ")}${left}`);
}

/** The names for which the Gateway ends TLS, each with the Secrets whose certificates it may show. */
function namesOf(gateway: Gateway, routes: HttpRoute[]): Map<string, Set<string>> {
  const { namespace, name } = gateway.metadata;
  const found = new Map<string, Set<string>>();
  for (const listener of gateway.spec.listeners) {
    const { certificateRefs = [], mode = "Terminate" } = listener.tls ?? {};
    if (certificateRefs.length === 0 || mode !== "Terminate") continue;
    const attached = routes.filter(({ metadata, spec }) =>
      spec.parentRefs?.some(
        (parent) =>
          parent.name === name &&
          (parent.namespace ?? metadata.namespace) === namespace &&
          (parent.sectionName ?? listener.name) === listener.name &&
          (parent.port ?? listener.port) === listener.port,
      ),
    );
    const hosts = [listener.hostname, ...attached.flatMap(({ spec }) => spec.hostnames ?? [])];
    for (const host of hosts.filter((each) => each !== undefined)) {
      if (!isWithin(host, listener.hostname)) continue;
      const secrets = found.get(host) ?? new Set();
      for (const ref of certificateRefs) secrets.add(`${ref.namespace ?? namespace}/${ref.name}`);
      found.set(host, secrets);
    }
  }
  return found;
}

/** Whether a listener serves a name; a wildcard stands for one or more labels. */
function isWithin(host: string, taken: string | undefined): boolean {
  return taken === undefined || host === taken || (taken.startsWith("*.") && host.endsWith(taken.slice(1)));
}

/** What is wrong with the certificates that were shown for a name. */
async function servingProblems(
  { api }: Target,
  host: string,
  secrets: Set<string>,
  shown: readonly Buffer[],
): Promise<string[]> {
  const chains: X509Certificate[][] = [];
  for (const secret of secrets) {
    const [namespace, name] = secret.split("/") as [string, string];
    chains.push(certificatesIn((await storedTexts(api, namespace, name))["tls.crt"] ?? ""));
  }
  const names = [...secrets].join(", ");
  const stored = chains.filter((chain) => chain.length > 0);
  if (stored.length === 0) return [`${names}, whose certificate is for ${host}, holds none`];
  if (!shown[0]) return [`${host} shows no certificate`];
  const leaf = new X509Certificate(shown[0]);
  const own = stored.find(([first]) => first!.raw.equals(leaf.raw));
  if (!own)
    return [
      `${host} is served with another certificate than that of ${names}: ${leaf.fingerprint256.slice(0, 23)}…, ` +
        `${leaf.subject || "no subject"}, until ${leaf.validTo}`,
    ];
  const now = new Date();
  return [
    ...(own.every(({ raw }, index) => shown[index]?.equals(raw))
      ? []
      : [
          `${host} is served without the certificates between its own and the authority's, which are in ${names}`,
        ]),
    ...(leaf.checkHost(host) === undefined
      ? [`${host} is served with a certificate that is not for it`]
      : []),
    ...(now > new Date(leaf.validTo)
      ? [`${host} is served with a certificate that expired on ${leaf.validTo}`]
      : []),
  ];
}
