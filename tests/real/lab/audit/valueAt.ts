/** The value at a path such as `sourceIPs[0]` or `user.username`, as text; undefined if there is none. */
export function valueAt(event: unknown, path: string): string | undefined {
  if (!/^\w+(\.\w+|\[\d+\])*$/.test(path))
    throw new Error(`${path}: only names and indices are evaluated here`);
  let value: any = event;
  for (const step of path.split(/[.[\]]+/).filter(Boolean)) value = value?.[step];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
