import { X509Certificate } from "node:crypto";
import type { HeldKey, Manifests, SealedManifest } from "./sealedManifests.js";

/** What `npm run sealing-keys` prints. */
export interface SealingKeysReport {
  text: string;
  /** The same for machines; no private key is in it. */
  json: string;
  /** Whether every SealedSecret was read and is sealed with the newest key. */
  allNewest: boolean;
}

/** @param keys Oldest first; at least one. */
export function sealingKeysReport(
  stack: string,
  keys: readonly HeldKey[],
  { sealed, unread }: Manifests,
): SealingKeysReport {
  const newest = keys.at(-1)!.name;
  const isCurrent = ({ openedBy, unopened }: SealedManifest) =>
    unopened.length === 0 && Object.keys(openedBy).every((name) => name === newest);
  const behind = sealed.filter((manifest) => !isCurrent(manifest));
  const unopened = behind.filter((manifest) => manifest.unopened.length > 0);
  const older = behind.filter(({ openedBy }) => Object.keys(openedBy).some((name) => name !== newest));

  const rows = keys.map(({ name, certificate }) => {
    const from = new Date(new X509Certificate(certificate).validFrom).toISOString().slice(0, 10);
    return `  ${name}  since ${from}${name === newest ? ", seals" : ""}; opens ${count(
      sealed.filter(({ openedBy }) => name in openedBy).length,
    )}\n`;
  });
  const text = [
    `Sealing keys in the state of ${stack}:\n${rows.join("")}`,
    section(
      "Sealed with an older key",
      older.map((manifest) => line(manifest, olderItems(manifest, newest))),
    ),
    section(
      "Opened by no key of the state: sealed with another key, or for another name or namespace",
      unopened.map((manifest) => line(manifest, manifest.unopened.join(", "))),
    ),
    section(
      "Not read",
      unread.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    `${count(sealed.length)}: ${sealed.length - behind.length} sealed with ${newest}, ${older.length} with an older key, ` +
      `${unopened.length} with no key of the state${unread.length > 0 ? `; ${unread.length} not read` : ""}\n`,
  ]
    .filter(Boolean)
    .join("\n");
  const json = {
    keys: keys.map(({ name, certificate }) => ({ name, certificate, seals: name === newest })),
    sealed,
    unread,
  };
  return {
    text,
    json: `${JSON.stringify(json, undefined, 2)}\n`,
    allNewest: behind.length === 0 && unread.length === 0,
  };
}

function count(number: number): string {
  return number === 1 ? "1 SealedSecret" : `${number} SealedSecrets`;
}

function olderItems({ openedBy }: SealedManifest, newest: string): string {
  return Object.entries(openedBy)
    .filter(([name]) => name !== newest)
    .map(([name, items]) => `${items.join(", ")} with ${name}`)
    .join("; ");
}

function line({ file, name }: SealedManifest, what: string): string {
  return `${file}: ${name}: ${what}`;
}

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? "" : `${title}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
