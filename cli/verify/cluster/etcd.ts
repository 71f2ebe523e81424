import { patiently, send, type HttpAnswer } from "../../../stacks/kubernetes/http.js";
import type { Flags, NodeFileSystem } from "./node.js";

/** A key of etcd with its bytes as they are stored. */
export interface Stored {
  key: string;
  value: Buffer;
}

/** As many keys at a time: a value may have a megabyte and more. */
const pageSize = 50;

/**
 * etcd, read the way the API server reads it: with its client certificate, from the node. Over etcd's JSON gateway, so
 * that no etcdctl is needed, which a node does not have (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/).
 */
export class Etcd {
  private readonly tls: { ca: string; cert: string; key: string };
  readonly endpoint: URL;

  /**
   * @param flags Flags of the API server on that node.
   * @param endpoint Default: the first of the flag --etcd-servers.
   */
  constructor(node: NodeFileSystem, flags: Flags, endpoint?: string) {
    const flag = (name: string): string => {
      const value = flags[name];
      if (value) return value;
      throw new Error(`the API server has no flag --${name}`);
    };
    this.endpoint = new URL(endpoint ?? flag("etcd-servers").split(",")[0]!);
    this.tls = {
      ca: node.read(flag("etcd-cafile")),
      cert: node.read(flag("etcd-certfile")),
      key: node.read(flag("etcd-keyfile")),
    };
  }

  /** The bytes under one key; undefined where there are none. */
  async get(key: string): Promise<Buffer | undefined> {
    const { kvs = [] } = await this.range({ key: encode(key) });
    return kvs[0] && decode(kvs[0].value);
  }

  /** Every key that begins so, in order. */
  async *prefix(prefix: string): AsyncGenerator<Stored> {
    const end = Buffer.from(prefix);
    // The first key that no longer begins so; the prefixes used here end in a slash.
    end[end.length - 1]! += 1;
    let from = Buffer.from(prefix);
    for (let more = true; more;) {
      const page = await this.range({
        key: from.toString("base64"),
        range_end: end.toString("base64"),
        limit: pageSize,
      });
      const kvs = page.kvs ?? [];
      for (const { key, value } of kvs) yield { key: decode(key).toString("utf8"), value: decode(value) };
      more = page.more === true;
      if (more) from = Buffer.concat([decode(kvs.at(-1)!.key), Buffer.from([0])]);
    }
  }

  /**
   * Whether etcd talks to somebody who shows no certificate.
   *
   * @throws Error when the connection breaks for another reason than etcd's refusal.
   */
  async answersStrangers(): Promise<boolean> {
    return this.send({ key: encode("/") }, { ca: this.tls.ca }).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (/^ERR_SSL_.*ALERT/.test(error.code ?? "")) return false;
        throw new Error(
          `etcd at ${this.endpoint.host} was asked without a certificate, but ${error.message}`,
        );
      },
    );
  }

  private async range(body: object): Promise<RangeAnswer> {
    const answer = await this.send(body, this.tls).catch((error: Error) => {
      throw new Error(`etcd at ${this.endpoint.host} does not answer: ${error.message}`);
    });
    if (answer.status !== 200) throw new Error(`etcd at ${this.endpoint.host} answers ${answer.status}`);
    return JSON.parse(answer.body) as RangeAnswer;
  }

  private send(body: object, tls: object): Promise<HttpAnswer> {
    const options = { ...tls, method: "POST", seconds: 10, agent: false, body: JSON.stringify(body) };
    return patiently(() => send(new URL("/v3/kv/range", this.endpoint), options));
  }
}

/** Answer of etcd's Range; bytes are in base64, and what is empty is left out. */
interface RangeAnswer {
  kvs?: { key: string; value: string }[];
  more?: boolean;
}

const encode = (text: string): string => Buffer.from(text).toString("base64");
const decode = (base64: string): Buffer => Buffer.from(base64, "base64");
