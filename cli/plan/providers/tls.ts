import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { standIn, type Values } from "./standIn.js";
import { publicKeyOutputs, privateKeyOutputs } from "./tls/key.js";

const generate = promisify(generateKeyPair) as (
  type: string,
  options: object,
) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;

/** Go's names of the curves are OpenSSL's of other standards. */
const curves: Record<string, string> = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
};

/** Makes real keys and certificates, with the outputs of the tls provider (https://www.pulumi.com/registry/packages/tls/). */
export const tls = standIn("tls", {
  "tls:index/privateKey:PrivateKey": {
    generates: true,
    replaces: () => true,
    secretOutputs: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
    check: ({ algorithm }) => ({
      failures: ["RSA", "ECDSA", "ED25519"].includes(algorithm as string)
        ? []
        : [{ property: "algorithm", reason: "must be RSA, ECDSA or ED25519" }],
    }),
    async create(inputs) {
      const { rsaBits = 2048, ecdsaCurve = "P224" } = inputs;
      const { publicKey, privateKey } = await keyPair(inputs, rsaBits as number, ecdsaCurve as string);
      const outputs = publicKeyOutputs(publicKey);
      return {
        id: outputs.publicKeyFingerprintSha256,
        outputs: { rsaBits, ecdsaCurve, ...outputs, ...privateKeyOutputs(privateKey) },
      };
    },
  },
  "tls:index/selfSignedCert:SelfSignedCert": {
    generates: true,
    replaces: ({ path }) => path[0] !== "earlyRenewalHours",
    secretOutputs: ["privateKeyPem"],
    create: async (inputs) => (await certificates()).selfSigned(inputs),
  },
  "tls:index/certRequest:CertRequest": {
    generates: true,
    replaces: () => true,
    secretOutputs: ["privateKeyPem"],
    create: async (inputs) => (await certificates()).certificateRequest(inputs),
  },
});

function keyPair({ algorithm }: Values, rsaBits: number, curve: string) {
  if (algorithm === "RSA") return generate("rsa", { modulusLength: rsaBits });
  if (algorithm === "ECDSA") return generate("ec", { namedCurve: curves[curve] });
  return generate("ed25519", {});
}

/** Loaded for the first certificate that is made: a preview makes none, and need not wait for it. */
function certificates() {
  return import("./tls/certificate.js");
}
