import type { Answer, FakeOptions } from "../fakeTarget.js";

/** A cluster, with a node if a folder stands for one. */
export interface Scene {
  answers?: Record<string, Answer>;
  options?: FakeOptions;
  /** Where the API server listens. Default: nowhere. */
  server?: URL;
  /** Ends what was started for it. Default: nothing was. */
  close?: () => void;
}

/** A cluster in which a claim is proved, and the same with nothing but the effect changed, in one way or another. */
export interface Pair {
  there(folder: string): Scene | Promise<Scene>;
  missing: ((folder: string) => Scene | Promise<Scene>)[];
}

/**
 * @param cluster Makes all; they can differ in nothing but its argument. The folder is empty, and removed in the end.
 */
export function pair<T>(
  cluster: (effect: T, folder: string) => Scene | Promise<Scene>,
  there: T,
  ...missing: T[]
): Pair {
  return {
    there: (folder) => cluster(there, folder),
    missing: missing.map((effect) => (folder) => cluster(effect, folder)),
  };
}

/** Pairs of the claims of a concern, by how each begins. */
export type Pairs = Record<string, Pair>;

/**
 * Objects within two clusters that differ in fields of their own, such as a status. A list that is longer or shorter counts
 * as such an object.
 */
export function differences(one: object, other: object, place = "scene"): string[] {
  if (Array.isArray(one) && Array.isArray(other) && one.length !== other.length) return [place];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const pairs = keys.map((key) => ({ key, values: [valueOf(one, key), valueOf(other, key)] as const }));
  const inner = pairs.flatMap(({ key, values: [a, b] }) =>
    isContainer(a) && isContainer(b) ? differences(a, b, `${place}, ${key}`) : [],
  );
  const isOwn = pairs.some(({ values: [a, b] }) => !(isContainer(a) && isContainer(b)) && a !== b);
  return isOwn ? [place, ...inner] : inner;
}

const valueOf = (from: object, key: string): unknown => (from as Record<string, unknown>)[key];
const isContainer = (value: unknown): value is object => typeof value === "object" && value !== null;
