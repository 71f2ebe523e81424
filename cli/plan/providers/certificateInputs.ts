/** Names of the parts of a subject, in the order Go writes them. */
export const subjectNames: Record<string, string> = {
  country: "C",
  organization: "O",
  organizationalUnit: "OU",
  locality: "L",
  province: "ST",
  commonName: "CN",
};

/** Bits of the extension KeyUsage (RFC 5280 section 4.2.1.3), in their order, by the names the tls provider takes. */
export const keyUsages = [
  ...["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"],
  ...["cert_signing", "crl_signing", "encipher_only", "decipher_only"],
];

const text = { type: "string" };
const hours = { type: "integer", minimum: 0 };
const requested = {
  privateKeyPem: text,
  subject: {
    type: "object",
    properties: Object.fromEntries(Object.keys(subjectNames).map((name) => [name, text])),
  },
};

/** What the stand-in puts into a request; the official plugin takes more. */
export const requestSchema = { required: ["privateKeyPem"], properties: requested };

/** The same of a certificate. */
export const certificateSchema = {
  required: ["privateKeyPem", "validityPeriodHours", "allowedUses"],
  properties: {
    ...requested,
    validityPeriodHours: hours,
    earlyRenewalHours: hours,
    allowedUses: { type: "array", items: { enum: keyUsages } },
  },
};
