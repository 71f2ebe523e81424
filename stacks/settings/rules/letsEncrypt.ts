import { choice, takeOut } from "../../../components/common/mend.js";
import { notPublic } from "../fields/names.js";
import type { Settings } from "../schema.js";
import type { Report } from "./index.js";

/**
 * What Let's Encrypt refuses, which would end `up` after minutes of waiting
 * (https://github.com/letsencrypt/boulder/blob/main/policy/pa.go).
 */
export function letsEncryptRules({ certificates }: Settings, report: Report): void {
  const { zone, acme } = certificates;
  const zoneProblem = notPublic(zone);
  if (zoneProblem) report(["certificates", "zone"], zoneProblem);
  const domain = acme.email.slice(acme.email.lastIndexOf("@") + 1).toLowerCase();
  const isExample = exampleDomains.includes(domain);
  const emailProblem = isExample
    ? `${domain} is an example's domain, and Let's Encrypt refuses addresses at it`
    : notPublic(domain);
  if (emailProblem)
    report(
      ["certificates", "acme", "email"],
      emailProblem,
      isExample ? choice("give one that you read") : undefined,
    );
  certificates.certificates.forEach(({ issuer, dnsNames }, index) => {
    if (issuer !== "letsencrypt-prod") return;
    const path = ["certificates", "certificates", index, "dnsNames"];
    if (dnsNames.length > 100)
      report(
        path,
        `${dnsNames.length} names are more than Let's Encrypt puts into one certificate; at most 100`,
      );
    dnsNames.forEach((name, position) => {
      if (dnsNames.indexOf(name) < position) return;
      const wildcard = wildcardFor(name);
      // RFC 8555 leaves it to the server.
      if (name !== wildcard && dnsNames.includes(wildcard))
        report(
          [...path, position],
          `${name} is covered by ${wildcard}, and Let's Encrypt refuses both in one certificate`,
          takeOut,
        );
      const problem = nameProblem(name.replace(/^\*\./, ""));
      if (problem) report([...path, position], problem);
    });
  });
}

const exampleDomains = ["example.com", "example.net", "example.org"];

function nameProblem(name: string): string | undefined {
  const labels = name.split(".");
  const strange = labels.find((label) => /^..--/.test(label) && !label.startsWith("xn--"));
  if (labels.length > 10)
    return `${name} has ${labels.length} parts between its dots, more than Let's Encrypt takes; at most 10`;
  if (strange !== undefined)
    return `${name} has "--" in the third place of ${strange}, which is kept for names that begin xn--; Let's Encrypt refuses it`;
  const challenge = `_acme-challenge.${name}`.length;
  return challenge > 253
    ? `${name} is too long: its challenge, _acme-challenge in front of it, has ${challenge} characters; at most 253`
    : undefined;
}

/** The wildcard that stands for a name: of its first label alone. */
export const wildcardFor = (name: string): string => `*.${name.slice(name.indexOf(".") + 1)}`;
