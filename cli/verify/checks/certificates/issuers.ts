import { addOnNamespaces } from "../../../../components/common/addOnNamespaces.js";
import { dnsApiTokenSecret } from "../../../../components/certificates/dnsApiToken.js";
import {
  accountKeySecret,
  acmeEnvironments,
  acmeIssuerNames,
  acmeIssuerSpec,
  selfSignedIssuerName,
} from "../../../../components/certificates/issuers.js";
import { failed, judged, proved, unchecked, type Finding } from "../../claim.js";
import {
  conditionOf,
  isOutdated,
  list,
  namespacedName,
  read,
  type Condition,
  type KubeObject,
} from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { missingRelease, needsRealPods } from "../../cluster/workloads.js";
import {
  certificateProblems,
  certificatesIn,
  inPlaceOfLetsEncrypt,
  keyProblems,
  storedTexts,
} from "./x509.js";

const issuersPath = "/apis/cert-manager.io/v1/clusterissuers";
/** Where cert-manager runs, and where ClusterIssuers find their Secrets. */
const namespace = addOnNamespaces.certManager;

type Issuer = KubeObject & {
  spec: {
    selfSigned?: object;
    acme?: {
      server: string;
      solvers?: { dns01?: { cloudflare?: { apiTokenSecretRef?: { name: string; key?: string } } } }[];
    };
  };
  status?: { conditions?: Condition[] };
};

type Issued = KubeObject & {
  spec: { issuerRef: { name: string }; secretName: string };
  status?: { conditions?: Condition[] };
};

/** Whether the issuers of Let's Encrypt are as the page shows them. */
export async function acmeIssuer(target: Target): Promise<Finding> {
  const { environment, email } = target.settings.certificates.acme;
  const problems: string[] = [];
  const seen: string[] = [];
  let silent = false;
  for (const environmentOfIssuer of acmeEnvironments(environment)) {
    const name = acmeIssuerNames[environmentOfIssuer];
    const issuer = await read<Issuer>(target.api, `${issuersPath}/${name}`);
    if (!issuer) return missingRelease(target, "cert-manager", `there is no ClusterIssuer ${name}`);
    const server = (
      acmeIssuerSpec({
        zone: "",
        email,
        tokenSecretName: "",
        environment: environmentOfIssuer,
      }) as Issuer["spec"]
    ).acme!.server;
    const { acme } = issuer.spec;
    const refs = (acme?.solvers ?? []).map(({ dns01 }) => dns01?.cloudflare?.apiTokenSecretRef);
    if (acme?.server !== server)
      problems.push(`${name} asks ${acme?.server ?? "no ACME server"}, not ${server}`);
    if (!refs.some((ref) => ref?.name === dnsApiTokenSecret.name && ref.key === dnsApiTokenSecret.key)) {
      problems.push(
        `${name} has no DNS-01 solver with the token ${dnsApiTokenSecret.name}/${dnsApiTokenSecret.key}`,
      );
    }
    problems.push(...notReady(target, issuer, name));
    const isSilent = target.simulatedPods && !conditionOf(issuer, "Ready");
    silent ||= isSilent;
    const key = accountKeySecret(environmentOfIssuer);
    if (!isSilent && !(await storedTexts(target.api, namespace, key))["tls.key"])
      problems.push(`${name} has no account: the Secret ${namespace}/${key} holds no key`);
    seen.push(`${name}: ${server}, DNS-01 by Cloudflare${readyText(issuer)}`);
  }
  return silent && problems.length === 0
    ? needsRealPods(`${seen.join("; ")}, and no account is registered`)
    : judged(problems, `${seen.join("; ")}${inPlaceOfLetsEncrypt(target)}`);
}

/** Whether the issuer has issued, by what the Secrets hold: there is always the internal CA's own certificate. */
export async function selfSignedIssuer(target: Target): Promise<Finding> {
  const issuer = await read<Issuer>(target.api, `${issuersPath}/${selfSignedIssuerName}`);
  if (!issuer)
    return missingRelease(target, "cert-manager", `there is no ClusterIssuer ${selfSignedIssuerName}`);
  const problems = [
    ...(issuer.spec.selfSigned ? [] : [`${selfSignedIssuerName} is not self-signed`]),
    ...notReady(target, issuer, selfSignedIssuerName),
  ];
  const certificates = (await list<Issued>(target.api, "/apis/cert-manager.io/v1/certificates")) ?? [];
  const asked = certificates.filter(({ spec }) => spec.issuerRef.name === selfSignedIssuerName);
  const issued = asked.filter((certificate) => conditionOf(certificate, "Ready")?.status === "True");
  const text = `${selfSignedIssuerName}: self-signed${readyText(issuer)}`;
  if (problems.length > 0) return failed(problems.join("; "));
  if (issued.length > 0) {
    const wrong = await Promise.all(issued.map((certificate) => selfSignedProblems(target, certificate)));
    return judged(wrong.flat(), `${text}; issued ${issued.map(namespacedName).join(", ")}`);
  }
  return target.simulatedPods
    ? needsRealPods(`${text}, and nothing is issued`)
    : failed(
        asked.length > 0
          ? `${selfSignedIssuerName} has not issued ${asked.map(namespacedName).join(", ")}`
          : `no certificate is asked for from ${selfSignedIssuerName}`,
      );
}

/** What is wrong with what the Secret of a certificate holds, which should be signed by its own key. */
async function selfSignedProblems({ api }: Target, issued: Issued): Promise<string[]> {
  const stored = await storedTexts(api, issued.metadata.namespace!, issued.spec.secretName);
  const [certificate] = certificatesIn(stored["tls.crt"] ?? "");
  if (!certificate)
    return [
      `${namespacedName(issued)} is Ready, but its Secret ${issued.spec.secretName} holds no certificate`,
    ];
  return [
    ...certificateProblems(certificate, []),
    ...keyProblems(certificate, stored["tls.key"]),
    ...(certificate.verify(certificate.publicKey) ? [] : ["is signed by another key than its own"]),
  ].map((problem) => `${namespacedName(issued)} ${problem}`);
}

/** Where no pod runs, silence is no fault of the object. */
function notReady({ simulatedPods }: Target, issuer: Issuer, name: string): string[] {
  const ready = conditionOf(issuer, "Ready");
  if (!ready && simulatedPods) return [];
  if (ready?.status !== "True")
    return [`${name} is not ready: ${ready?.message ?? "cert-manager has not answered"}`];
  return isOutdated(issuer, ready)
    ? [`${name} was changed, and cert-manager has not looked at it since`]
    : [];
}

const readyText = (issuer: Issuer): string =>
  conditionOf(issuer, "Ready")?.status === "True" ? ", Ready" : "";

const cloudflareVerify = "https://api.cloudflare.com/client/v4/user/tokens/verify";

/**
 * Whether the Secret holds a token that Cloudflare takes: it alone knows whether one was revoked
 * (https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/).
 */
export async function token({ api, web, simulatedPods, acmeStandIn }: Target): Promise<Finding> {
  const { name, key } = dnsApiTokenSecret;
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const secret = await read<{ data?: Record<string, string> }>(api, path);
  if (!secret) return failed(`there is no Secret ${namespace}/${name}`);
  const value = Buffer.from(secret.data?.[key] ?? "", "base64")
    .toString()
    .trim();
  if (value === "") return failed(`the Secret ${namespace}/${name} holds no ${key}`);
  const there = `Secret ${namespace}/${name} holds a token, in cert-manager's own namespace`;
  if (simulatedPods) return needsRealPods(`${there}, and nobody uses it`);
  // Cloudflare does not know it, and must not be told it.
  if (acmeStandIn) return unchecked(`${there}; the lab stands in for Cloudflare, which alone could judge it`);
  const answer = await web(cloudflareVerify, { token: value }).catch((error: Error) => error);
  if (answer instanceof Error)
    return unchecked(`${there}, but Cloudflare cannot be asked from here: ${answer.message}`);
  const { status, code } = verdictIn(answer.body);
  if (status === "active") return proved(`${there}, and Cloudflare says that it is active`);
  // 1000: no token of Cloudflare's, such as one that was revoked. Others are about this place or this moment.
  const refused = status ?? (code === 1000 ? "not valid" : undefined);
  return refused
    ? failed(`Cloudflare does not accept the token in ${namespace}/${name}: it is ${refused}`)
    : unchecked(
        `${there}, but Cloudflare does not judge it from here: status ${answer.status}${code ? `, code ${code}` : ""}`,
      );
}

/** What Cloudflare says of a token: its status, or the code of an error. */
function verdictIn(body: string): { status?: string; code?: number } {
  try {
    const { result, errors } = JSON.parse(body) as {
      result?: { status?: string } | null;
      errors?: { code: number }[];
    };
    return { status: result?.status, code: errors?.[0]?.code };
  } catch {
    return {};
  }
}
