import { X509Certificate } from "node:crypto";
import { registryHostsReadOn } from "../../../components/network/isolation/registryHosts.js";
import type { Settings } from "../schema.js";

const day = 86_400_000;
/** Days before its end in which something is said to end soon. */
const soonDays = 30;

/**
 * Notes on what has expired or soon will. A program's run reads no clock, so that it does the same every time: these are for
 * plan, verify and doctor.
 */
export function datedNotes(
  { certificates, secrets }: Partial<Pick<Settings, "certificates" | "secrets">>,
  now = new Date(),
): string[] {
  const expires = certificates?.token.expiresOn;
  const token = expires && ending("certificates.token.expiresOn", new Date(expires), now);
  const keys = secrets?.sealingKeys ?? [];
  const index = keys.length - 1;
  const last = keys[index]?.certificate;
  const sealing = last && ending(`secrets.sealingKeys[${index}].certificate`, endOf(last), now);
  const read = Math.floor((now.getTime() - new Date(registryHostsReadOn).getTime()) / day);
  return [
    ...(read > 365
      ? [
          `the hosts of public registries were read from their owners' pages on ${registryHostsReadOn}, more than a year ago; an image that cannot be pulled may come from another one by now.`,
        ]
      : []),
    ...(token ? [`${token}; cert-manager renews nothing without it. Move the date and raise serial.`] : []),
    ...(sealing
      ? [`${sealing}; it is the one that seals, and kubeseal refuses it then. Append a new key pair.`]
      : []),
  ];
}

/** When a certificate expires; undefined for the placeholder of one that a plan does not know. */
function endOf(pem: string): Date | undefined {
  try {
    return new Date(new X509Certificate(pem).validTo);
  } catch {
    return undefined;
  }
}

function ending(key: string, end: Date | undefined, now: Date): string | undefined {
  if (!end) return undefined;
  const days = Math.floor((end.getTime() - now.getTime()) / day);
  if (days > soonDays) return undefined;
  const date = end.toISOString().slice(0, 10);
  return days < 0
    ? `${key}: expired on ${date}, ${-days} days ago`
    : `${key}: expires on ${date}, in ${days} days`;
}
