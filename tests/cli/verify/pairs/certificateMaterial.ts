import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

export const days = (count: number) => new Date(Date.now() + count * 86_400_000);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
interface Authority {
  keys: webcrypto.CryptoKeyPair;
  pem: string;
  name: string;
}
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

export async function authority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...{ name, keys, signingAlgorithm: algorithm, notBefore: days(-900), notAfter: days(900) },
      extensions: [new x509.BasicConstraintsExtension(true)],
    },
    webcrypto,
  );
  return { keys, pem: certificate.toString("pem"), name };
}

/** What the Secret of a self-signed certificate holds. */
export async function selfSignedSecret() {
  const { keys, pem } = await authority("CN=own");
  return base64({ "tls.crt": pem, "tls.key": await keyIn(keys) });
}
const keyIn = async ({ privateKey }: webcrypto.CryptoKeyPair) =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", privateKey), "PRIVATE KEY");

/** What cert-manager writes into a Secret: a certificate, its key, and the authority's certificate. */
export async function secretFor(by: Authority, names: string[], from = -1, until = 60) {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...{ subject: "CN=test", issuer: by.name, publicKey: keys.publicKey, signingKey: by.keys.privateKey },
      ...{ signingAlgorithm: algorithm, notBefore: days(from), notAfter: days(until) },
      extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value })))],
    },
    webcrypto,
  );
  return base64({
    "tls.crt": certificate.toString("pem"),
    "tls.key": await keyIn(keys),
    "ca.crt": by.pem,
  });
}
export const base64 = (texts: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]));

/** The certificates of such a Secret. */
export const derOf = (data: Record<string, string>): Buffer[] =>
  x509.PemConverter.decode(Buffer.from(data["tls.crt"]!, "base64").toString()).map((der) => Buffer.from(der));
/** Made once: what is new each time would differ by itself. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
/** What the pairs share. */
export const material = once(async () => {
  const names = ["example.com", "*.example.com"];
  const web = await authority("CN=web");
  return {
    web,
    stored: await secretFor(web, names, -90, 60),
    expired: await secretFor(web, names, -90, -1),
    other: await secretFor(web, names, -90, 30),
    own: await selfSignedSecret(),
  };
});
export type Material = Awaited<ReturnType<typeof material>>;
