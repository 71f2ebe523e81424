import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** A download that failed, for which building is the alternative. */
export class DownloadError extends Error {
  /** @param host Host that did not answer at all. */
  constructor(
    message: string,
    readonly host?: string,
  ) {
    super(message);
  }
}

export interface DownloadOptions {
  /** Base URL that replaces `https://`; the hosts are its folders. Default: none. */
  mirror?: string;
  /** Milliseconds without a byte after which a download fails. Default: 5 seconds. */
  patience?: number;
  /** Milliseconds that a whole download may take. Default: 10 minutes. */
  limit?: number;
  /** Bytes that a file may have; a text has at most 1 MiB. Default: 1 GiB. */
  size?: number;
}

const mebibyte = 2 ** 20;
const mostRedirects = 10;

/**
 * Downloads to a file.
 *
 * @returns the file's SHA-256.
 * @throws DownloadError
 */
export async function download(url: string, file: string, options: DownloadOptions): Promise<string> {
  const hash = createHash("sha256");
  const hashed = async function* () {
    for await (const chunk of chunks(url, options)) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(hashed, createWriteStream(file));
  return hash.digest("hex");
}

/**
 * Downloads a text.
 *
 * @throws DownloadError
 */
export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks(url, { ...options, size: mebibyte })) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

/** Whether a server answers, by its origin. Each is asked once per process, so that tools do not wait one by one. */
const answers = new Map<string, Promise<boolean>>();

function doesAnswer(origin: string, patience: number): Promise<boolean> {
  const known = answers.get(origin);
  if (known) return known;
  const request = { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(patience) } as const;
  const asked = fetch(origin, request).then(
    () => true,
    () => false,
  );
  answers.set(origin, asked);
  return asked;
}

async function* chunks(url: string, options: DownloadOptions): AsyncGenerator<Uint8Array> {
  const { mirror, patience = 5_000, limit = 600_000, size = 1024 * mebibyte } = options;
  const from = mirror === undefined ? url : url.replace("https://", `${mirror}/`);
  const { host, origin } = new URL(from);
  if (!(await doesAnswer(origin, patience))) throw new DownloadError(`${host} does not answer`, host);

  const abort = new AbortController();
  const give = (message: string) => () => abort.abort(new DownloadError(`${url}: ${message}`));
  const patient = setTimeout(give(`nothing came for ${seconds(patience)}`), patience);
  const whole = setTimeout(give(`not complete after ${seconds(limit)}`), limit);
  try {
    const response = await follow(url, from, abort.signal);
    if (!response.ok || !response.body) throw new DownloadError(`${url}: HTTP status ${response.status}`);
    let received = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      patient.refresh();
      received += chunk.length;
      if (received > size) {
        throw new DownloadError(
          `${url}: longer than ${size / mebibyte} MiB, which is the most that is taken`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof DownloadError) throw error;
    throw new DownloadError(`${url}: the connection broke (${(error as Error).message})`);
  } finally {
    clearTimeout(patient);
    clearTimeout(whole);
  }
}

/** Follows redirects, which never lead from HTTPS to a connection that anybody on the way can change. */
async function follow(url: string, from: string, signal: AbortSignal): Promise<Response> {
  let at = from;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await fetch(at, { redirect: "manual", signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null) return response;
    await response.body?.cancel();
    const next = new URL(location, at);
    if (at.startsWith("https:") && next.protocol !== "https:") {
      throw new DownloadError(`${url}: refused, because it redirects to ${next.origin}, which is not HTTPS`);
    }
    at = next.href;
  }
  throw new DownloadError(`${url}: more than ${mostRedirects} redirects`);
}

const seconds = (milliseconds: number) => `${milliseconds / 1000} seconds`;
