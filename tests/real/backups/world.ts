import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { debian } from "../../../cli/test/packages.js";
import { bucket, lister, TestNode, writer, type NodeOptions } from "./node.js";
import { startProxy, type Proxy } from "./proxy.js";
import {
  remove,
  scratch,
  startPostgres,
  startPushgateway,
  startS3,
  type Postgres,
  type Server,
} from "./servers.js";

/** Everything a node's jobs talk to, and a first node. */
export interface World {
  folder: string;
  /** The bucket as a folder. */
  bucket: string;
  s3: Server;
  proxy: Proxy;
  pushgateway: Server;
  postgres: Postgres;
  /** A node in a folder of its own. */
  node(name: string, options?: Partial<NodeOptions>): TestNode;
  killS3(): Promise<void>;
  restartS3(): Promise<void>;
  end(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  // The jobs call it themselves.
  debian("restic");
  const folder = scratch();
  const buckets = join(folder, "s3");
  mkdirSync(join(buckets, bucket), { recursive: true });
  const s3 = await startS3(buckets, [writer, lister]);
  const proxy = await startProxy(s3.url);
  const pushgateway = await startPushgateway();
  const postgres = startPostgres(join(folder, "postgres"));
  const world: World = {
    folder,
    bucket: join(buckets, bucket),
    s3,
    proxy,
    pushgateway,
    postgres,
    node: (name, options = {}) =>
      new TestNode(join(folder, name), { s3: proxy.url, pushgateway, postgres, ...options }),
    killS3: () => world.s3.stop(),
    async restartS3() {
      world.s3 = await startS3(buckets, [writer, lister], Number(new URL(s3.url).port));
    },
    async end() {
      postgres.stop();
      await Promise.all([world.s3.stop(), proxy.stop(), pushgateway.stop()]);
      remove(folder);
    },
  };
  return world;
}
