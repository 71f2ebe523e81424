import type { Counts } from "../../../../cli/lab/program.js";

export function anotherValue(place: string): string {
  return `it is another value, or gone: ${place}`;
}

export function isSame({ create, update, replace, delete: deleted }: Counts): boolean {
  return create + update + replace + deleted === 0;
}

export function difference(where: string, expected: readonly string[], actual: readonly string[]): string[] {
  return [
    ...expected.filter((entry) => !actual.includes(entry)).map((entry) => `missing ${where}: ${entry}`),
    ...actual.filter((entry) => !expected.includes(entry)).map((entry) => `too much ${where}: ${entry}`),
  ];
}
