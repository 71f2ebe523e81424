import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** The outputs that show a public key. */
export function publicKeyOutputs(publicKey: KeyObject) {
  const blob = sshBlob(publicKey);
  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    publicKeyOpenssh: blob ? `${sshType(publicKey)} ${blob.toString("base64")}\n` : "",
    publicKeyFingerprintMd5: blob
      ? createHash("md5")
          .update(blob)
          .digest("hex")
          .replace(/..(?=.)/g, "$&:")
      : "",
    publicKeyFingerprintSha256: blob
      ? `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`
      : "",
  };
}

/** The outputs that hold a private key. */
export function privateKeyOutputs(privateKey: KeyObject) {
  const traditional = { rsa: "pkcs1", ec: "sec1", ed25519: "pkcs8" }[privateKey.asymmetricKeyType as "rsa"];
  return {
    privateKeyPem: privateKey.export({ type: traditional as "pkcs8", format: "pem" }) as string,
    privateKeyPemPkcs8: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    privateKeyOpenssh: opensshPrivateKey(privateKey),
  };
}

const sshCurves: Record<string, string> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

function sshType(key: KeyObject): string {
  const { kty, crv } = key.export({ format: "jwk" });
  if (kty === "RSA") return "ssh-rsa";
  return kty === "EC" ? `ecdsa-sha2-${sshCurves[crv!]}` : "ssh-ed25519";
}

/** SSH's encoding of a public key (RFC 4253 section 6.6, RFC 5656, RFC 8709); none exists for the curve P-224. */
function sshBlob(publicKey: KeyObject): Buffer | undefined {
  if (publicKey.asymmetricKeyDetails?.namedCurve === "secp224r1") return undefined;
  return Buffer.concat([field(sshType(publicKey)), ...publicFields(publicKey)]);
}

function publicFields(publicKey: KeyObject): Buffer[] {
  const { kty, crv, n, e, x, y } = publicKey.export({ format: "jwk" });
  if (kty === "RSA") return [integer(e!), integer(n!)];
  if (kty === "EC") {
    return [field(sshCurves[crv!]!), field(Buffer.concat([Buffer.from([4]), bytes(x!), bytes(y!)]))];
  }
  return [field(bytes(x!))];
}

/** The unencrypted form of https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key */
function opensshPrivateKey(privateKey: KeyObject): string {
  const publicKey = createPublicKey(privateKey);
  const blob = sshBlob(publicKey);
  if (!blob) return "";
  // Two equal numbers tell a reader that it decrypted rightly; nothing is encrypted here, so any number does.
  const check = createHash("sha256").update(blob).digest().subarray(0, 4);
  const comment = field("");
  const secrets = Buffer.concat([
    check,
    check,
    field(sshType(publicKey)),
    ...privateFields(privateKey),
    comment,
  ]);
  const padding = Buffer.from(
    Array.from({ length: (8 - (secrets.length % 8)) % 8 }, (_, index) => index + 1),
  );
  const one = Buffer.from([0, 0, 0, 1]);
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...["none", "none", ""].map(field),
    one,
    field(blob),
    field(Buffer.concat([secrets, padding])),
  ]);
  const lines = body.toString("base64").match(/.{1,70}/g)!;
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join(
    "\n",
  );
}

function privateFields(privateKey: KeyObject): Buffer[] {
  const { kty, n, e, d, p, q, qi } = privateKey.export({ format: "jwk" });
  if (kty === "RSA") return [n, e, d, qi, p, q].map((number) => integer(number!));
  const shared = publicFields(createPublicKey(privateKey));
  if (kty === "EC") return [...shared, integer(d!)];
  return [...shared, field(Buffer.concat([bytes(d!), shared[0]!.subarray(4)]))];
}

const bytes = (base64url: string): Buffer => Buffer.from(base64url, "base64url");

/** A length and as many bytes. */
function field(content: string | Buffer): Buffer {
  const body = Buffer.from(content as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** A number that is not negative: a leading zero byte where the first bit is set. */
function integer(base64url: string): Buffer {
  const number = bytes(base64url);
  return field(number[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number);
}
