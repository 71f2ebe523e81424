import { portProblem } from "./networks.js";

const label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
/** A part of the path (https://github.com/distribution/reference/blob/v0.6.0/regexp.go). */
const part = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*";
const registry = new RegExp(`^((${label}\\.)+${label}|localhost)(?::(?<port>\\d+))?(/${part})*$`);

/** Whether it is a host with a dot in it, a port and the beginning of a path, as an image's name has them. */
export function isRegistry(value: string): boolean {
  const match = registry.exec(value);
  const port = match?.groups?.["port"];
  return match !== null && (port === undefined || portProblem(port) === undefined);
}

/** Whether it is the name of an image, with a tag other than latest, or with a digest. */
export function isImage(value: string): boolean {
  const [, name, tag, digest] = /^(.+?)(?::([\w][\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?$/.exec(value) ?? [];
  if (!name || (!digest && (tag === undefined || tag === "latest"))) return false;
  const local = new RegExp(`^${label}:(?<port>\\d+)(/${part})+$`).exec(name)?.groups?.["port"];
  if (local !== undefined) return portProblem(local) === undefined;
  return isRegistry(name) || new RegExp(`^${part}(/${part})*$`).test(name);
}
