import type { Values } from "./standIn.js";

/** Stands for a value that is not known yet (https://github.com/pulumi/pulumi, sdk/nodejs/runtime/rpc.ts). */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Marks a secret, as the same file has it. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Wraps a value so that the engine encrypts it in the state and hides it in its output. */
export function secret(value: unknown): Values {
  return { [signature]: secretSignature, value };
}

export function isSecret(value: unknown): value is { value: unknown } {
  return isMap(value) && value[signature] === secretSignature;
}

/** A secret as `pulumi stack export` and `import` have it: JSON in place of the value. */
export interface ExportedSecret {
  plaintext: string;
}

export function exportedSecret(value: unknown): ExportedSecret {
  return { [signature]: secretSignature, plaintext: JSON.stringify(value) } as ExportedSecret;
}

/** Whether a secret is exported in plain, with `--show-secrets`. */
export function isExportedSecret(value: unknown): value is ExportedSecret {
  return isMap(value) && value[signature] === secretSignature && "plaintext" in value;
}

export function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value with every secret in it unwrapped, and what is null or undefined left out of maps. */
export function plain(value: any): any {
  if (isSecret(value)) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  return isMap(value) ? mapValues(value, plain) : value;
}

/** Without undefined and null entries, which the protocol has no place for; secrets stay wrapped. */
export function compact(value: any): any {
  if (Array.isArray(value)) return value.map(compact);
  return isMap(value) ? mapValues(value, compact) : value;
}

function mapValues(map: Values, change: (value: any) => any): Values {
  const result: Values = {};
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined && value !== null) result[key] = change(value);
  }
  return result;
}

/** True when the value is unknown, or holds something that is. */
export function holdsUnknown(value: unknown): boolean {
  if (value === unknown) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnknown);
}

/** Fills in what is absent, at any depth; what is there stays, secrets included. */
export function withDefaults(value: Values, defaults: Values): Values {
  const result: Values = { ...value };
  for (const [key, fallback] of Object.entries(defaults)) {
    const present = result[key];
    if (isSecret(present)) {
      if (isMap(present.value) && isMap(fallback))
        result[key] = secret(withDefaults(present.value, fallback));
    } else if (isMap(present) && isMap(fallback)) result[key] = withDefaults(present, fallback);
    else if (present === undefined || present === null) result[key] = fallback;
  }
  return result;
}

/** Every text in a value, at any depth. */
export function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** Every text in the secrets of a value. */
export function secretTexts(value: unknown): string[] {
  if (isSecret(value)) return texts(plain(value));
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(secretTexts) : [];
}
