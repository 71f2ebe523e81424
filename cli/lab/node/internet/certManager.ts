import type { ImageContents } from "../images.js";

/** Parts of cert-manager that run in pods; each is an image of the chart. */
const parts = ["controller", "webhook", "cainjector", "startupapicheck"] as const;

/**
 * The images of cert-manager's chart.
 *
 * @param program Path of tools/cert-manager.
 * @param authority File with the certificate of the only authority whose servers it trusts.
 */
export function certManagerImages(program: string, authority: string): ImageContents {
  const file = "/usr/local/bin/cert-manager";
  const files = { [file]: program, "/etc/ssl/certs/ca-certificates.crt": authority };
  return Object.fromEntries(
    // The chart refuses root and names no user.
    parts.map((part) => [`cert-manager-${part}`, () => ({ files, entrypoint: [file, part], user: "1000" })]),
  );
}
