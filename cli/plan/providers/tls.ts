import { createHash, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { certificateSchema, requestSchema } from "./certificateInputs.js";
import { inputFailures } from "./schema.js";
import { standIn, type Values } from "./standIn.js";

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

const keySchema = {
  required: ["algorithm"],
  properties: {
    algorithm: { enum: ["RSA", "ECDSA", "ED25519"] },
    rsaBits: { type: "integer" },
    ecdsaCurve: { enum: Object.keys(curves) },
  },
};
/** Makes real keys and certificates, with the outputs of the tls provider (https://www.pulumi.com/registry/packages/tls/). */
export const tls = standIn("tls", {
  "tls:index/privateKey:PrivateKey": {
    generates: true,
    replaces: () => true,
    secretOutputs: ["privateKeyPem", "privateKeyPemPkcs8"],
    check: (inputs) => ({ failures: inputFailures(keySchema, inputs) }),
    compared: (inputs) => ({ rsaBits: 2048, ecdsaCurve: "P224", ...inputs }),
    async create(inputs) {
      const { rsaBits = 2048, ecdsaCurve = "P224" } = inputs;
      const { publicKey, privateKey } = await keyPair(inputs, rsaBits as number, ecdsaCurve as string);
      const publicKeyPem = publicKey.export({ type: "spki", format: "pem" }) as string;
      return {
        id: createHash("sha1").update(publicKeyPem).digest("hex"),
        outputs: { rsaBits, ecdsaCurve, publicKeyPem, ...privateKeyOutputs(privateKey) },
      };
    },
  },
  "tls:index/selfSignedCert:SelfSignedCert": {
    generates: true,
    replaces: ({ path }) => path[0] !== "earlyRenewalHours",
    secretOutputs: ["privateKeyPem"],
    check: (inputs) => ({ failures: inputFailures(certificateSchema, inputs) }),
    compared: (inputs) => ({ earlyRenewalHours: 0, ...inputs }),
    // The official plugin replaces a certificate that has expired, or will within the hours of early renewal.
    existing({ inputs, outputs: { validityEndTime } }) {
      const early = ((inputs["earlyRenewalHours"] ?? 0) as number) * 3_600_000;
      const isDue = Date.parse(validityEndTime as string) - early <= Date.now();
      return isDue ? { ...inputs, readyForRenewal: false } : inputs;
    },
    create: async (inputs) => (await certificates()).selfSigned(inputs),
  },
  "tls:index/certRequest:CertRequest": {
    generates: true,
    replaces: () => true,
    secretOutputs: ["privateKeyPem"],
    check: (inputs) => ({ failures: inputFailures(requestSchema, inputs) }),
    create: async (inputs) => (await certificates()).certificateRequest(inputs),
  },
});

function keyPair({ algorithm }: Values, rsaBits: number, curve: string) {
  if (algorithm === "RSA") return generate("rsa", { modulusLength: rsaBits });
  if (algorithm === "ECDSA") return generate("ec", { namedCurve: curves[curve] });
  return generate("ed25519", {});
}

/** The outputs that hold a private key. Those in OpenSSH's form, which nothing here uses, are left out. */
function privateKeyOutputs(privateKey: KeyObject) {
  const traditional = { rsa: "pkcs1", ec: "sec1", ed25519: "pkcs8" }[privateKey.asymmetricKeyType as "rsa"];
  return {
    privateKeyPem: privateKey.export({ type: traditional as "pkcs8", format: "pem" }) as string,
    privateKeyPemPkcs8: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

/** Loaded for the first certificate that is made: a preview makes none, and need not wait for it. */
function certificates() {
  return import("./certificate.js");
}
