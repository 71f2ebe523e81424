import { closest, distance } from "fastest-levenshtein";

/**
 * The name that a mistyped one was probably meant to be; undefined if none is near.
 *
 * @param most Letters that may be wrong, missing or too many. Default: 2.
 */
export function nearest(given: string, names: readonly string[], most = 2): string | undefined {
  const near = names.length > 0 ? closest(given, names) : undefined;
  return near !== undefined && distance(given, near) <= most ? near : undefined;
}
