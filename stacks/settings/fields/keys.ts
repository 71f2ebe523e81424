import { X509Certificate } from "node:crypto";
import type { z } from "zod";
import { choice, didYouMean } from "../../../components/common/mend.js";
import { text } from "./text.js";

/** An X.509 certificate. An unreadable one would end the Sealed Secrets controller. */
export function certificatePem(description: string): z.ZodString {
  return text(description, (value) => {
    try {
      new X509Certificate(value);
      return undefined;
    } catch {
      return "the text given is not a certificate in PEM form (-----BEGIN CERTIFICATE-----)";
    }
  });
}

/**
 * A server's public key as its .pub file holds it. Not an RSA key: the plugin of @pulumi/command asks for the signature
 * ssh-rsa then, which is SHA-1 and which servers of today refuse.
 */
export function sshHostKey(description: string): z.ZodString {
  return text(description, (value) => {
    const types = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
    const words = value.trim().split(/\s+/);
    const at = words.findIndex((word, index) => word === typeIn(words[index + 1]));
    const allowed = "one line such as ssh-ed25519 AAAA…, the content of /etc/ssh/ssh_host_ed25519_key.pub";
    if (at < 0) return `the text given is not a public key of an SSH server: ${allowed}`;
    if (/\n\S/.test(value.trim())) return `several lines are given, and a server's key is ${allowed}`;
    const [type, key] = words.slice(at);
    if (!types.includes(type!))
      return {
        message: `${type} is not supported`,
        mend: choice(`give ${types[0]}, else one of ${types.slice(1).join(", ")}`),
      };
    // As ssh-keyscan and known_hosts have it.
    return at === 0
      ? undefined
      : { message: `"${words[0]}" stands before the key`, mend: didYouMean(`${type} ${key}`) };
  }).meta({ examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKlci+SYFQKttaPeN3lP1USxuBDXN2DiMqQn465f4WGN"] });
}

/** The type that an SSH public key names inside, if its parts are whole: each has its length in front (RFC 4253, 6.6). */
function typeIn(base64 = ""): string | undefined {
  const bytes = Buffer.from(base64, "base64");
  let end = 0;
  while (end + 4 <= bytes.length) end += 4 + bytes.readUInt32BE(end);
  return bytes.length > 36 && end === bytes.length
    ? bytes.toString("latin1", 4, 4 + bytes.readUInt32BE(0))
    : undefined;
}
