/** A property path, such as ["metadata", "annotations", "a.b/c"]. */
export type Path = readonly (string | number)[];

/** `metadata.annotations["a.b/c"]`, the notation of Pulumi's property paths. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** The opposite of formatPath. */
export function parsePath(text: string): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const [, quoted, index, name] of text.matchAll(/\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]|([^.[\]]+)/g)) {
    if (quoted !== undefined) parts.push(JSON.parse(quoted) as string);
    else if (index !== undefined) parts.push(Number(index));
    else parts.push(name!);
  }
  return parts;
}

/** What stands at the path, or undefined. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === "object" && inner !== null ? (inner as any)[part] : undefined),
    value,
  );
}
