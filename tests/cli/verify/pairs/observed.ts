import crypto, { createHash } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { fakeTarget, type Answer } from "../fakeTarget.js";
import { differences, type Scene } from "./pair.js";

type Made = Extract<Answer, (request: ApiRequest) => unknown>;

/** What a check was shown, as data: objects, settings, files and answers. Servers that a scene starts are not part of it. */
export interface Observed<T> {
  result: T;
  shown: { answers: object; options: object; files: object };
  /** By who answered, then by the request. */
  answered: Record<string, Record<string, unknown[]>>;
}

/** Runs a check in a scene. Its random values are the same each time, so that two runs differ in what the scenes do. */
export async function observed<T>(
  make: (folder: string) => Scene | Promise<Scene>,
  check: (target: Target) => Promise<T>,
): Promise<Observed<T>> {
  const folder = mkdtempSync(join(tmpdir(), "pair-"));
  const restore = withoutChance();
  const scene = await make(folder);
  try {
    const { answers = {}, options = {} } = scene;
    const answered: Observed<T>["answered"] = {};
    /** A function that does the same and is remembered. */
    const recorded =
      <A, R>(who: string, answer: (asked: A, ...more: unknown[]) => R) =>
      (asked: A, ...more: unknown[]): R => {
        const given = answer(asked, ...more);
        ((answered[who] ??= {})[JSON.stringify([asked, ...more])] ??= []).push(given);
        return given;
      };
    const target = fakeTarget(
      Object.fromEntries(
        Object.entries(answers).map(([path, answer]): [string, Answer] => [
          path,
          typeof answer === "function" ? recorded(path, answer as Made) : answer,
        ]),
      ),
      { ...options, ...(options.web && { web: recorded("web", options.web as never) as never }) },
    );
    if (scene.server) target.api.server = scene.server;
    const result = await check(target);
    for (const requests of Object.values(answered))
      for (const [asked, given] of Object.entries(requests))
        requests[asked] = (await Promise.all(given)).map(withBody);
    const plain = (value: object): object => plainOf(value, folder);
    return {
      result,
      shown: { answers: plain(answers), options: plain(options), files: plain(filesIn(folder)) },
      answered: plain(answered) as Observed<T>["answered"],
    };
  } finally {
    scene.close?.();
    restore();
    rmSync(folder, { recursive: true });
  }
}

/**
 * What differs between two runs: objects, settings and files by their fields, and who gave the same request another answer.
 * A check that ends early asks less.
 */
export function changes(one: Observed<unknown>, other: Observed<unknown>): string[] {
  const otherwise = Object.keys(one.answered).filter((who) =>
    Object.entries(one.answered[who]!).some(([asked, given]) => {
      const others = other.answered[who]?.[asked] ?? [];
      const count = Math.min(given.length, others.length);
      return differences(given.slice(0, count), others.slice(0, count)).length > 0;
    }),
  );
  return [...differences(one.shown, other.shown), ...otherwise];
}

/** Without functions, and without the folder and the ports that are others each time. */
function plainOf(value: object, folder: string): object {
  const text = JSON.stringify(value, (_, part: unknown) =>
    part instanceof Set
      ? [...(part as Set<unknown>)]
      : typeof part === "function"
        ? "made for a request"
        : part,
  );
  return JSON.parse(text.replaceAll(folder, "/folder").replace(/127\.0\.0\.1:\d+/g, "127.0.0.1")) as object;
}

/** An answer whose body is read, so that its fields can be told apart. */
function withBody(given: unknown): unknown {
  const { body } = (given ?? {}) as { body?: unknown };
  if (typeof body !== "string") return given;
  try {
    return { ...(given as object), body: JSON.parse(body) as unknown };
  } catch {
    return given;
  }
}

function filesIn(folder: string): Record<string, unknown> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [
        relative(folder, path),
        { mode: statSync(path).mode, text: readFileSync(path, "utf8") },
      ]),
  );
}

/** Makes node:crypto's random bytes the same in each run, until what is returned is called. */
function withoutChance(): () => void {
  const { randomBytes } = crypto;
  let count = 0;
  const counted = (size: number): Buffer =>
    Buffer.concat(
      Array.from({ length: Math.ceil(size / 32) }, () => createHash("sha256").update(`${count++}`).digest()),
    ).subarray(0, size);
  crypto.randomBytes = counted as typeof randomBytes;
  syncBuiltinESMExports();
  return () => {
    crypto.randomBytes = randomBytes;
    syncBuiltinESMExports();
  };
}
