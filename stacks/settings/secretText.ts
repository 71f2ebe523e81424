import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** What a secret setting must look like. The value itself never appears in a message. */
export interface SecretFormat {
  /** How the value is made or looks, for messages and editors: "32 bytes in base64". */
  form: string;
  matches(value: string): boolean;
  /** A value of the right form, the same for the same path, for plans that cannot read the real one. */
  placeholder(path: string): string;
}

const digest = (path: string): Buffer => createHash("sha256").update(`placeholder:${path}`).digest();

/** Any text of at least eight characters. */
export const passphrase: SecretFormat = {
  form: "at least 8 characters",
  matches: (value) => value.length >= 8,
  placeholder: (path) => `placeholder-${digest(path).toString("hex")}`,
};

/** Exactly 16 characters, the only length Harbor's secretKey may have. */
export const sixteenCharacters: SecretFormat = {
  form: "exactly 16 characters",
  matches: (value) => value.length === 16,
  placeholder: (path) => digest(path).toString("hex").slice(0, 16),
};

/** 32 random bytes in base64, the key size of secretbox and of AES-256. */
export const key32: SecretFormat = {
  form: "32 bytes in base64 (head -c 32 /dev/urandom | base64)",
  matches: (value) => Buffer.from(value, "base64").length === 32 && /^[A-Za-z0-9+/]{43}=$/.test(value),
  placeholder: (path) => digest(path).toString("base64"),
};

/** A private key in PEM form. */
export const pemPrivateKey: SecretFormat = {
  form: "a private key in PEM form (-----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----)",
  matches: (value) =>
    /^-----BEGIN (RSA )?PRIVATE KEY-----\n[\s\S]+-----END (RSA )?PRIVATE KEY-----\s*$/.test(value),
  placeholder: (path) =>
    `-----BEGIN PRIVATE KEY-----\n${digest(path).toString("base64")}\n-----END PRIVATE KEY-----\n`,
};

/**
 * A setting whose value is secret: given with `pulumi config set --secret`, it reaches the program as a secret output.
 * In the stack's file it reads `{secure: …}`; whoever parses that file without the passphrase (a plan) gets the
 * format's placeholder instead.
 */
export function secretText(description: string, format: SecretFormat) {
  return z
    .union([z.string(), z.strictObject({ secure: z.string() })], {
      error: `the value given is not ${format.form}`,
    })
    .transform((value, context): pulumi.Output<string> => {
      if (typeof value !== "string") return placeholderFor(format, value.secure);
      if (format.matches(value)) return pulumi.secret(value);
      context.addIssue({ code: "custom", message: `the value given is not ${format.form}` });
      return z.NEVER;
    })
    .describe(`${description} Secret: ${format.form}.`);
}

/** The stand-in for a secret that a plan cannot read. */
export function placeholderFor(format: SecretFormat, path: string): pulumi.Output<string> {
  return pulumi.secret(format.placeholder(path));
}
