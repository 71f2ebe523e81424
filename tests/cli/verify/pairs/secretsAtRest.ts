import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { activeKeys, writePrefix } from "../../../../components/control-plane/encryptionAtRest.js";
import { listen } from "../../../../cli/kit/listen.js";
import type { ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { named, settingsWith } from "../fakeTarget.js";
import { pair, type Pairs, type Scene } from "./pair.js";
import { selfSignedPair } from "./selfSigned.js";

const prefix = writePrefix(activeKeys(settingsWith().controlPlane.encryption.keys)[0]!);
const [, , provider, , key1] = prefix.split(":") as [string, string, string, string, string];
const namespace = "cluster-security-verify-abc";
const secrets = `/api/v1/namespaces/${namespace}/secrets`;

/** What can go wrong, one at a time. */
interface Node {
  /** The first provider of the configuration. */
  first?: string;
  /** The first key of that. */
  writes?: string;
  /** What etcd has of a Secret's value. */
  stored?: (value: string) => string;
  /** What lies in etcd's data directory of it. */
  onDisk?: (value: string) => string;
  /** What reading the Secret gives. */
  read?: (value: string) => string;
  /** What etcd has of another Secret. */
  other?: string;
  /** Whether etcd asks for a client certificate. */
  closed?: boolean;
}

const encrypted = (value: string): string => prefix + Buffer.from(value).reverse().toString("hex");

/** A node with an API server and an etcd. */
export async function atRest(node: Node, folder: string): Promise<Scene> {
  const { first = provider, writes = key1, stored = encrypted, onDisk = encrypted, closed = true } = node;
  const { read = (value) => value, other = encrypted("other") } = node;
  const { cert, key } = await selfSignedPair();
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode: 0o600 });
  };
  const manifest = (component: string, flags: Record<string, string>): void => {
    const command = [component, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
    write(`etc/kubernetes/manifests/${component}.yaml`, stringify({ spec: { containers: [{ command }] } }));
  };
  manifest("kube-apiserver", {
    ...{ "etcd-cafile": "/etcd.crt", "etcd-certfile": "/etcd.crt", "etcd-keyfile": "/etcd.key" },
    "encryption-provider-config": "/enc.yaml",
  });
  manifest("etcd", { "data-dir": "/var/lib/etcd" });
  write("etcd.crt", cert);
  write("etcd.key", key);
  write(
    "enc.yaml",
    stringify({
      resources: [
        {
          resources: ["secrets"],
          providers: [{ [first]: first === "identity" ? {} : { keys: [{ name: writes }] } }],
        },
      ],
    }),
  );
  write("var/lib/etcd/member/wal/0.wal", "");

  const all = new Map([["/registry/secrets/default/other", other]]);
  let needle = "";
  const etcd = createServer(
    { cert, key, ca: cert, requestCert: closed, rejectUnauthorized: closed },
    (request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        const range = JSON.parse(body) as { key: string; range_end?: string };
        const wanted = atob(range.key);
        const found = [...all].filter(([name]) =>
          range.range_end === undefined ? name === wanted : name.startsWith(wanted),
        );
        const kvs = found.map(([name, value]) => ({ key: btoa(name), value: btoa(value) }));
        response.end(JSON.stringify({ kvs }));
      });
    },
  );
  const port = await listen(etcd);
  return {
    answers: {
      "/api/v1/namespaces": [],
      "POST /api/v1/namespaces": () => ({ status: 201, body: JSON.stringify(named(namespace)) }),
      [`POST ${secrets}`]: ({ body }: ApiRequest) => {
        needle = (body as { stringData: { needle: string } }).stringData.needle;
        const name = `/registry/secrets/${namespace}/needle`;
        all.set(name, stored(needle));
        write("var/lib/etcd/member/wal/0.wal", name + onDisk(needle));
        return { status: 201, body: "{}" };
      },
      [`${secrets}/needle`]: () => ({ body: JSON.stringify({ data: { needle: btoa(read(needle)) } }) }),
    },
    options: { nodeRoot: folder, etcdEndpoint: `https://127.0.0.1:${port}` },
    close: () => void etcd.close(),
  };
}

const plain = (value: string): string => `k8s ${value}`;

export const secretsAtRest: Pairs = {
  "--encryption-provider-config points": pair<Node>(atRest, {}, { first: "identity" }),
  "A Secret is encrypted before": pair<Node>(atRest, {}, { stored: plain }),
  "etcd's data directory": pair<Node>(atRest, {}, { onDisk: plain }),
  "Reading a Secret through the API": pair<Node>(atRest, {}, { read: () => "another" }),
  "Every stored Secret is encrypted": pair<Node>(atRest, {}, { other: plain("other") }),
  "etcd's port is of no use": pair<Node>(atRest, {}, { closed: false }),
};
