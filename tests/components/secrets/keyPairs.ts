import { generateKeyPairSync, sign } from "node:crypto";

export interface TestPair {
  certificate: string;
  privateKey: string;
}

/** A new RSA key pair with a self-signed certificate (RFC 5280) that starts at that time and lasts a year. */
export function keyPair(notBefore: string): TestPair {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const start = new Date(notBefore);
  const end = new Date(start);
  end.setUTCFullYear(start.getUTCFullYear() + 1);

  const sha256WithRsa = sequence(Buffer.from("06092a864886f70d01010b0500", "hex"));
  const nobody = sequence();
  const toBeSigned = sequence(
    element(0xa0, Buffer.from("020102", "hex")), // version 3
    element(0x02, Buffer.from([1])), // serial number
    sha256WithRsa,
    nobody, // issuer
    sequence(utcTime(start), utcTime(end)),
    nobody, // subject
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = element(0x03, Buffer.from([0]), sign("sha256", toBeSigned, privateKey));
  const der = sequence(toBeSigned, sha256WithRsa, signature);
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return {
    certificate: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

function element(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return element(0x30, ...parts);
}

/** YYMMDDhhmmssZ */
function utcTime(time: Date): Buffer {
  return element(
    0x17,
    Buffer.from(
      `${time
        .toISOString()
        .replace(/[-:T]|\.\d+/g, "")
        .slice(2)}`,
    ),
  );
}
