import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Credentials of somebody who may use every bucket. */
export interface S3Key {
  accessKey: string;
  secretKey: string;
}

export interface S3Options {
  /** Path of rclone. */
  rclone: string;
  /** Folder whose folders are the buckets. */
  folder: string;
  /** Address and port that it serves on. */
  address: string;
  /** Starts a program; its end is a problem. */
  start: (command: string[], env: Record<string, string>) => ChildProcess;
  /** Waits until something answers there. */
  answers: (url: URL) => Promise<unknown>;
}

/** `rclone serve s3`. It takes keys at its start only, so it is started anew for the first request after one was added. */
export class S3 {
  private readonly keys: S3Key[] = [];
  private isStale = true;
  private ready: Promise<ChildProcess | undefined> = Promise.resolve(undefined);
  private readonly url: URL;

  constructor(private readonly options: S3Options) {
    this.url = new URL(`http://${options.address}`);
  }

  makeBucket(name: string): void {
    mkdirSync(join(this.options.folder, name), { recursive: true, mode: 0o700 });
  }

  accept(key: S3Key): void {
    this.keys.push(key);
    this.isStale = true;
  }

  /** Its address, once it takes every key. */
  async address(): Promise<URL> {
    if (this.isStale) {
      this.isStale = false;
      this.ready = this.ready.then((earlier) => this.restart(earlier));
    }
    await this.ready;
    return this.url;
  }

  private async restart(earlier: ChildProcess | undefined): Promise<ChildProcess> {
    if (earlier) {
      earlier.removeAllListeners("exit").kill();
      await once(earlier, "exit");
    }
    const { rclone, folder, address, start, answers } = this.options;
    const keys = this.keys.map(({ accessKey, secretKey }) => `"${accessKey},${secretKey}"`).join(",");
    const env = { RCLONE_CONFIG: "", RCLONE_AUTH_KEY: keys };
    const server = start([rclone, "serve", "s3", "--addr", address, folder], env);
    await answers(this.url);
    return server;
  }
}
