import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { choice } from "../../components/common/mend.js";

/** What a secret setting must look like. The value itself never appears in a message. */
export interface SecretFormat {
  /** How the value is made or looks, for messages and editors: "32 bytes in base64". */
  form: string;
  /** YAML takes it for a number where it is not quoted. Default: false. */
  numeric?: true;
  matches(value: string): boolean;
  /** Whether a value of the right form was plainly not drawn at random, such as 32 zeros. Default: no value is judged. */
  isGuessed?(value: string): boolean;
  /** A value of the right form, the same for the same path, for plans that cannot read the real one. */
  placeholder(path: string): string;
}

const digest = (path: string): Buffer => createHash("sha256").update(`placeholder:${path}`).digest();

/** Any text of at least eight characters. */
export const passphrase: SecretFormat = {
  form: "at least 8 characters",
  matches: (value) => value.trim().length >= 8,
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
  form: "32 random bytes in base64 (head -c 32 /dev/urandom | base64)",
  matches: (value) => /^[A-Za-z0-9+/]{43}=$/.test(value) && Buffer.from(value, "base64").length === 32,
  isGuessed: (value) => new Set(Buffer.from(value, "base64")).size <= 8,
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

/** Token of a Telegram bot, as BotFather gives it: the bot's number, a colon, and 35 characters. */
export const telegramBotToken: SecretFormat = {
  form: "a bot's token such as 123456789:AAE… (from @BotFather)",
  matches: (value) => /^\d{6,}:[A-Za-z0-9_-]{30,}$/.test(value),
  placeholder: (path) => `1000000000:${digest(path).toString("hex").slice(0, 35)}`,
};

/** Number of a Telegram chat; zero is none, and a group's is negative. */
export const chatId: SecretFormat = {
  form: "a chat's number such as 123456789, or -1001234567890 for a group",
  numeric: true,
  matches: (value) => /^-?[1-9]\d{4,14}$/.test(value),
  placeholder: (path) => String(100_000_000 + digest(path).readUInt32BE()),
};

/** App password of a Google account. */
export const appPassword: SecretFormat = {
  form: "a Google app password, 16 letters",
  matches: (value) => /^[a-z]{4} ?[a-z]{4} ?[a-z]{4} ?[a-z]{4}$/.test(value),
  placeholder: (path) =>
    digest(path)
      .toString("hex")
      .replace(/\d/g, (digit) => "ghijklmnop"[+digit]!)
      .slice(0, 16),
};

/**
 * A private key as ssh-keygen makes them, or in one of the older PEM forms, without a passphrase: nobody is there to type
 * it.
 */
export const sshPrivateKey: SecretFormat = {
  form: "an SSH private key without a passphrase (ssh-keygen -t ed25519 -N '')",
  matches: (value) =>
    opensshCipher(value) === "none" ||
    (/^-----BEGIN ((RSA|EC) )?PRIVATE KEY-----\n[\s\S]+-----END ((RSA|EC) )?PRIVATE KEY-----\s*$/.test(
      value,
    ) &&
      !value.includes("ENCRYPTED")),
  placeholder: (path) =>
    `-----BEGIN PRIVATE KEY-----\n${digest(path).toString("base64")}\n-----END PRIVATE KEY-----\n`,
};

/** Cipher of an OpenSSH private key; undefined if the text is not one (PROTOCOL.key of OpenSSH). */
function opensshCipher(value: string): string | undefined {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([\s\S]+)-----END OPENSSH PRIVATE KEY-----\s*$/.exec(
    value,
  )?.[1];
  const bytes = Buffer.from(body ?? "", "base64");
  const magic = "openssh-key-v1\0";
  if (bytes.toString("latin1", 0, magic.length) !== magic || bytes.length < magic.length + 4)
    return undefined;
  const start = magic.length + 4;
  return bytes.toString("latin1", start, start + bytes.readUInt32BE(magic.length));
}

/**
 * A setting whose value is secret: given with `pulumi config set --secret`, it reaches the program as a secret output.
 * In the stack's file it reads `{secure: …}`; parsed without the passphrase (by a plan), it gives the
 * format's placeholder instead.
 */
export function secretText(description: string, format: SecretFormat) {
  const plain = format.numeric ? z.union([z.string(), z.int().transform(String)]) : z.string();
  const error = ({ input }: { input?: unknown }) => wrongShape(input, format);
  const sealed = z.strictObject(
    {
      secure: z
        .string()
        .refine((value) => value.trim() !== "", "is empty; pulumi config set --secret writes a sealed value"),
    },
    { error },
  );
  return z
    .union([plain, sealed], { error })
    .transform((value, context): pulumi.Output<string> => {
      if (typeof value !== "string") return placeholderFor(format, value.secure);
      if (format.matches(value) && format.isGuessed?.(value)) {
        context.addIssue({
          code: "custom",
          message: "the value given repeats itself",
          params: { mend: choice(`give ${format.form}`) },
        });
        return z.NEVER;
      }
      if (format.matches(value)) {
        const secret = pulumi.secret(value);
        givenTexts.set(secret, value);
        return secret;
      }
      context.addIssue({ code: "custom", message: `the value given is not ${format.form}` });
      return z.NEVER;
    })
    .describe(`${description} Secret: ${format.form}.`);
}

/** What is wrong with a value that is neither text nor sealed. Any part of it, a key too, may be the secret. */
function wrongShape(input: unknown, { form }: SecretFormat): string {
  if (typeof input === "number" || typeof input === "boolean")
    return `the value given is no text to YAML, as it would be in quotes (${form})`;
  if (Array.isArray(input))
    return `a list is given where a secret belongs (${form}); text that begins like one needs quotes`;
  return typeof input === "object" && input !== null
    ? `a group of settings is given where a secret belongs (${form}); text with a colon in it needs quotes`
    : `the value given is not ${form}`;
}

const givenTexts = new WeakMap<object, string>();

/** The text that a secret setting was given as; undefined for one that is sealed, or a placeholder. */
export function givenText(value: pulumi.Output<string>): string | undefined {
  return givenTexts.get(value);
}

const missing = new WeakSet<object>();

/** The stand-in for a secret that has to be given and is not. */
export function missingSecret(format: SecretFormat, path: string): pulumi.Output<string> {
  const secret = placeholderFor(format, path);
  missing.add(secret);
  return secret;
}

/** Whether a secret setting is given, as text or sealed: neither absent nor a stand-in for what is missing. */
export function isGiven(value: pulumi.Output<string> | undefined): boolean {
  return value !== undefined && !missing.has(value);
}

/** The stand-in for a secret that a plan cannot read. */
function placeholderFor(format: SecretFormat, path: string): pulumi.Output<string> {
  return pulumi.secret(format.placeholder(path));
}
