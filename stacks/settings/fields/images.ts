import { portProblem } from "./networks.js";

const label = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
/** A part of the path (https://github.com/distribution/reference/blob/v0.6.0/regexp.go). */
const part = "[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*";
const path = new RegExp(`^${part}(/${part})*$`);

/** Whether it is a host, with a dot or a port in it, and the beginning of a path, as an image's name has them. */
export function isRegistry(value: string): boolean {
  const [, name = "", port, below] = /^([^/:]*)(?::(\d+))?(?:\/(.*))?$/.exec(value) ?? [];
  const hasHost = port !== undefined || name.includes(".") || name === "localhost";
  return (
    hasHost &&
    new RegExp(`^${label}(\\.${label})*$`).test(name) &&
    (port === undefined || portProblem(port) === undefined) &&
    (below === undefined || path.test(below))
  );
}

/** Whether it is the name of an image, with a tag other than latest, or with a digest. */
export function isImage(value: string): boolean {
  const [, name, tag, digest] = /^(.+?)(?::([\w][\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?$/.exec(value) ?? [];
  // containerd takes names of 255 characters, and a host alone for a path on Docker Hub.
  if (!name || name.length > 255 || /^[^/]*[.:][^/]*$/.test(name)) return false;
  return (
    (digest !== undefined || (tag !== undefined && tag !== "latest")) && (isRegistry(name) || path.test(name))
  );
}
