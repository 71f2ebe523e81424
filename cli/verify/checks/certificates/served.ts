import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { failed, judged, proved, unchecked, worstOf, type Finding } from "../../claim.js";
import type { HttpRoute } from "../../cluster/kinds.js";
import { list, read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import type { WebAnswer } from "../../cluster/web.js";
import { certificatesIn, storedTexts } from "./x509.js";

interface Listener {
  name: string;
  port: number;
  /** Default: any name. */
  hostname?: string;
  tls?: { mode?: "Terminate" | "Passthrough"; certificateRefs?: { name: string; namespace?: string }[] };
}

type Gateway = KubeObject & {
  spec: { listeners: Listener[] };
  status?: { addresses?: { value: string }[] };
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

  const addresses = new Set(addressesOf(gateway));
  const findings: Finding[] = [];
  for (const [host, secrets] of hosts) findings.push(await servedTo(target, host, secrets, addresses));
  const worst = worstOf(findings);
  if (worst.status !== "proved") return worst;
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

/** Where the Gateway says that it is reached: a name's DNS record may lead to what stands in front of it. */
const addressesOf = ({ status }: Gateway): string[] =>
  (status?.addresses ?? []).map(({ value }) => value).filter((value) => isIP(value) !== 0);

/** @param addresses Those of the Gateway; one that cannot be reached is removed, and asked for no further name. */
async function servedTo(
  target: Target,
  host: string,
  secrets: Set<string>,
  addresses: Set<string>,
): Promise<Finding> {
  const url = `https://${host}/`;
  for (const address of addresses) {
    const answer = await target.web(url, { address }).catch(() => undefined);
    if (answer) return judgedAnswer(target, host, secrets, answer, address);
    addresses.delete(address);
  }
  const answer = await target.web(url).catch((error: Error) => error);
  if (answer instanceof Error)
    return unchecked(
      `${host} cannot be reached from here: ${answer.message}; openssl s_client -connect ${host}:443 -servername ${host}`,
    );
  return judgedAnswer(target, host, secrets, answer);
}

/** @param address The Gateway's own, if it answered there. Default: the server that DNS names has answered. */
async function judgedAnswer(
  { api }: Target,
  host: string,
  secrets: Set<string>,
  { chain: shown, distrust }: WebAnswer,
  address?: string,
): Promise<Finding> {
  const chains: X509Certificate[][] = [];
  for (const secret of secrets) {
    const [namespace, name] = secret.split("/") as [string, string];
    chains.push(certificatesIn((await storedTexts(api, namespace, name))["tls.crt"] ?? ""));
  }
  const names = [...secrets].join(", ");
  const place = address === undefined ? host : `${host} at ${address}`;
  const stored = chains.filter((chain) => chain.length > 0);
  if (stored.length === 0) return failed(`${names}, whose certificate is for ${host}, holds none`);
  if (!shown[0]) return failed(`${place} shows no certificate`);
  const leaf = new X509Certificate(shown[0]);
  const own = stored.find(([first]) => first!.raw.equals(leaf.raw));
  if (!own) {
    const other =
      `${place} is served with another certificate than that of ${names}: ${leaf.fingerprint256.slice(0, 23)}…, ` +
      `${leaf.subject || "no subject"}, until ${leaf.validTo}`;
    if (address !== undefined) return failed(other);
    return distrust === undefined
      ? unchecked(
          `${other}; clients trust it: something in front of the Gateway ends TLS there. Check from where an address ` +
            "of the Gateway's status can be reached",
        )
      : failed(`${other}, and clients do not trust it: ${distrust}`);
  }
  const now = new Date();
  return judged(
    [
      ...(own.every(({ raw }, index) => shown[index]?.equals(raw))
        ? []
        : [
            `${place} is served without the certificates between its own and the authority's, which are in ${names}`,
          ]),
      ...(leaf.checkHost(host) === undefined
        ? [`${place} is served with a certificate that is not for it`]
        : []),
      ...(now < new Date(leaf.validFrom)
        ? [`${place} is served with a certificate that is not valid before ${leaf.validFrom}`]
        : []),
      ...(now > new Date(leaf.validTo)
        ? [`${place} is served with a certificate that expired on ${leaf.validTo}`]
        : []),
    ],
    place,
  );
}
