import { X509Certificate } from "node:crypto";
import { generatedSubject } from "../../../../components/secrets/sealingKeys.js";

const day = 86_400_000;

/**
 * Notes on generated sealing certificates that end within three years. The tls plugin would replace one that has ended, and
 * its protection ends every `pulumi up` from then on.
 *
 * @param certificates The state's, in PEM form.
 */
export function sealingNotes(certificates: readonly string[], now = new Date()): string[] {
  return certificates
    .map((pem) => new X509Certificate(pem))
    .filter(({ subject }) => `${subject}\n`.includes(`CN=${generatedSubject("")}`))
    .map((certificate) => ({ certificate, end: new Date(certificate.validTo) }))
    .filter(({ end }) => end.getTime() - now.getTime() < 3 * 365 * day)
    .map(
      ({ certificate: { subject }, end }) =>
        `the certificate ${subject} of a sealing key ends on ${end.toISOString().slice(0, 10)}; pulumi up then fails, because it would replace what is protected. Give the pair to the settings before: docs/guides/renew-a-sealing-key.md.`,
    );
}
