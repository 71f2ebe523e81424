import { issuerInUse, type CertificateArgs } from "../../../../components/certificates/certificates.js";
import { failed, judged, unchecked, type Finding } from "../../claim.js";
import { conditionOf, isOutdated, read, type Condition, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { needsRealPods } from "../../cluster/workloads.js";
import { servedAsStored } from "./served.js";
import {
  authoritiesOf,
  certificateProblems,
  certificatesIn,
  chainProblems,
  inPlaceOfLetsEncrypt,
  keyProblems,
  storedTexts,
} from "./x509.js";

const api = "/apis/cert-manager.io/v1";

type Certificate = KubeObject & {
  spec: { secretName: string; dnsNames?: string[]; issuerRef: { name: string; kind?: string } };
  status?: { conditions?: Condition[]; notAfter?: string; renewalTime?: string };
};

interface Wanted {
  wanted: CertificateArgs;
  label: string;
  issuer: string;
  found: Certificate | undefined;
}

/** The certificates of the settings, each with the object in the cluster. */
async function certificates({ api: cluster, settings }: Target): Promise<Wanted[]> {
  const { certificates: list, acme } = settings.certificates;
  return Promise.all(
    list.map(async (wanted) => ({
      wanted,
      label: `${wanted.namespace}/${wanted.name}`,
      issuer: issuerInUse(wanted.issuer, acme.environment),
      found: await read<Certificate>(
        cluster,
        `${api}/namespaces/${wanted.namespace}/certificates/${wanted.name}`,
      ),
    })),
  );
}

const none = unchecked("the stack's settings list no certificate (certificates.certificates)");

/** Whether the certificates are asked for as the settings say. */
export async function requested(target: Target): Promise<Finding> {
  const all = await certificates(target);
  if (all.length === 0) return none;
  return judged(
    all.flatMap(({ wanted, label, issuer, found }) => {
      if (!found) return [`there is no Certificate ${label}`];
      const { secretName, dnsNames = [], issuerRef } = found.spec;
      const differs = (what: string, is: string, should: string): string[] =>
        is === should ? [] : [`${label} has ${what} ${is}, not ${should}`];
      return [
        ...differs("the names", dnsNames.join(", "), wanted.dnsNames.join(", ")),
        ...differs(
          "the issuer",
          `${issuerRef.kind ?? "Issuer"} ${issuerRef.name}`,
          `ClusterIssuer ${issuer}`,
        ),
        ...differs("the Secret", secretName, wanted.secretName),
      ];
    }),
    all.map(({ wanted, label, issuer }) => `${label} (${issuer}): ${wanted.dnsNames.join(", ")}`).join("; "),
  );
}

/** Whether they are issued, by what the Secrets hold, and served, by what the Gateway answers. */
export async function issued(target: Target): Promise<Finding> {
  const all = await certificates(target);
  if (all.length === 0) return none;
  const silent = all.filter(({ found }) => found && !conditionOf(found, "Ready"));
  if (target.simulatedPods && silent.length > 0) {
    return needsRealPods(`${silent.map(({ label }) => label).join(", ")}: cert-manager has issued nothing`);
  }
  const problems: string[] = [];
  const seen: string[] = [];
  for (const { wanted, label, issuer, found } of all) {
    if (!found) {
      problems.push(`there is no Certificate ${label}`);
      continue;
    }
    const ready = conditionOf(found, "Ready");
    if (ready?.status !== "True" || isOutdated(found, ready)) {
      problems.push(`${label} is not Ready: ${whyNotReady(found)}`);
      continue;
    }
    const stored = await storedTexts(target.api, wanted.namespace, wanted.secretName);
    const chain = certificatesIn(stored["tls.crt"] ?? "");
    const [certificate] = chain;
    if (!certificate) {
      problems.push(`the Secret ${wanted.namespace}/${wanted.secretName} holds no certificate`);
      continue;
    }
    problems.push(
      ...[
        ...certificateProblems(certificate, wanted.dnsNames),
        ...keyProblems(certificate, stored["tls.key"]),
        ...chainProblems(chain, issuer, authoritiesOf(issuer, stored["ca.crt"], target)),
      ].map((problem) => `${label} ${problem}`),
    );
    seen.push(`${label} until ${certificate.validTo}`);
  }
  if (problems.length > 0) return failed(problems.join("; "));
  const served = await servedAsStored(target);
  return { ...served, evidence: `${seen.join(", ")}${inPlaceOfLetsEncrypt(target)}; ${served.evidence}` };
}

function whyNotReady(found: Certificate): string {
  const ready = conditionOf(found, "Ready");
  if (ready?.status === "True") return "cert-manager has not looked at its last change";
  return ready?.message ?? "cert-manager has not answered";
}

/** Whether each has a renewal planned in time, for the certificate that its Secret holds. */
export async function renewed(target: Target): Promise<Finding> {
  const all = (await certificates(target)).filter(({ found }) => found);
  if (all.length === 0) return failed("none of the certificates is there");
  const planned = all.filter(({ found }) => found!.status?.renewalTime);
  if (planned.length === 0 && target.simulatedPods)
    return needsRealPods("cert-manager has planned no renewal");
  const problems = await Promise.all(all.map((one) => renewalProblems(target, one)));
  return judged(
    problems.flat(),
    `${planned.map(({ label, found }) => `${label} on ${found!.status!.renewalTime}`).join(", ")}${inPlaceOfLetsEncrypt(target)}`,
  );
}

async function renewalProblems(
  { api: cluster }: Target,
  { wanted, label, found }: Wanted,
): Promise<string[]> {
  const { renewalTime, notAfter } = found!.status ?? {};
  if (!renewalTime || !notAfter) return [`${label} has no renewal planned`];
  if (Date.parse(renewalTime) >= Date.parse(notAfter)) return [`${label} would be renewed after it expires`];
  if (Date.parse(renewalTime) < Date.now()) return [`${label} should have been renewed on ${renewalTime}`];
  const secret = `${wanted.namespace}/${wanted.secretName}`;
  const stored = await storedTexts(cluster, wanted.namespace, wanted.secretName);
  const [certificate] = certificatesIn(stored["tls.crt"] ?? "");
  if (!certificate)
    return [`${label} is renewed on ${renewalTime}, but the Secret ${secret} holds no certificate`];
  return Date.parse(certificate.validTo) === Date.parse(notAfter)
    ? []
    : [
        `${label} is renewed on ${renewalTime}, but the Secret ${secret} holds another one, until ${certificate.validTo}`,
      ];
}
