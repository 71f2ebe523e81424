import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { join } from "node:path";
import { send } from "../../../../stacks/kubernetes/http.js";
import { dyingWithThis, run } from "../../../kit/run.js";
import { answerOf } from "../../../kit/until.js";
import { serveZones } from "../../cloud/cloudflare.js";
import { answerByGit } from "./git.js";
import type { Answer, Message, Task } from "./internet.js";
import { refusalOfOracle, refuse } from "./oracle.js";
import { S3 } from "./s3.js";

// Runs in the network of a node, started by internet.ts, and ends with it.

/** Addresses that only this process and what it starts use. */
const local = {
  acme: "127.0.0.1:14000",
  acmeManagement: "127.0.0.1:15000",
  dnsManagement: "127.0.0.1:8055",
  s3: "127.0.0.1:8056",
};

const tokens = new Set<string>();

process.on("disconnect", () => process.exit());
process.once("message", (message: Message) => {
  if (!("task" in message)) throw new Error("the first message is the task");
  serve(message.task).then(
    (root) => process.send!({ root } satisfies Answer),
    (error: Error) => process.send!({ problem: error.message } satisfies Answer),
  );
});

/** Returns the certificate that everything leads to that is issued. */
async function serve(task: Task): Promise<string> {
  const { address, acmeHosts, cloudflareHost, git, oracleDomain, resolvers, zone, tls } = task;
  const ip = (...args: string[]) => run(["ip", ...args]);
  await ip("link", "set", "lo", "up");
  for (const one of new Set([address, ...resolvers.map((resolver) => resolver.split(":")[0]!)]))
    await ip("address", "add", `${one}/32`, "dev", "lan0");
  // Nodes are on it, whatever their addresses are.
  await ip("route", "add", "default", "dev", "lan0");

  startDns(task);
  const dns = async (call: string, body: object) => {
    const url = new URL(`http://${local.dnsManagement}/${call}`);
    const { status } = await send(url, { method: "POST", body: JSON.stringify(body) });
    if (status !== 200) throw new Error(`the DNS server does not take ${call}: status ${status}`);
  };
  const leadHere = (host: string) => dns("add-a", { host, addresses: [address] });
  await eventually(() => leadHere(cloudflareHost));
  for (const host of [...acmeHosts, ...git.hosts]) await leadHere(host);

  const answers = (where: URL) => eventually(() => send(where));
  const s3 = new S3({
    rclone: task.programs.rclone,
    folder: join(task.folder, "buckets"),
    address: local.s3,
    start,
    answers,
  });
  process.on("message", (message: Message) => {
    if ("token" in message) tokens.add(message.token);
    else if ("key" in message) s3.accept(message.key);
    else if ("bucket" in message) {
      const { namespace, name } = message.bucket;
      s3.makeBucket(name);
      leadHere(namespace + oracleDomain).catch((error: Error) => fail(error.message));
    }
  });

  const { url } = await serveZones({
    ...{ zones: [zone], tokens, log: console.log },
    publish: async (host, values) => {
      await dns("clear-txt", { host });
      for (const value of values) await dns("set-txt", { host, value });
    },
  });
  startAcme(task);
  const certificate = readFileSync(tls.certificate);
  const acme = { ca: certificate };
  const front = https.createServer(
    { key: readFileSync(tls.key), cert: certificate },
    (incoming, outgoing) => {
      const { host = "" } = incoming.headers;
      if (git.hosts.includes(host)) answerByGit(git.command, incoming, outgoing);
      else if (host === cloudflareHost) pass(incoming, outgoing, new URL(url), {});
      else if (host.endsWith(oracleDomain)) passToS3(incoming, outgoing, s3);
      else {
        // Its directory has another path than that of Let's Encrypt.
        if (incoming.url === "/directory") incoming.url = "/dir";
        pass(incoming, outgoing, new URL(`https://${local.acme}`), acme);
      }
    },
  );
  await new Promise<void>((resolve, reject) => front.once("error", reject).listen(443, address, resolve));
  const root = await eventually(() => send(new URL(`https://${local.acmeManagement}/roots/0`), acme));
  return root.body;
}

/** Repeats what fails as long as a server is not up yet. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  let problem: unknown;
  const answer = await answerOf(() =>
    ask().then(
      (value) => ({ value }),
      (error: unknown) => void (problem = error),
    ),
  );
  if (!answer) throw problem;
  return answer.value;
}

function startDns({ programs, address, resolvers }: Task): void {
  const served = [`${address}:53`, ...resolvers].join(",");
  const none = ["http01", "https01", "doh", "tlsalpn01", "defaultIPv4", "defaultIPv6"].map(
    (what) => `-${what}=`,
  );
  start([programs["pebble-challtestsrv"], ...none, "-dnsserver", served, "-management", local.dnsManagement]);
}

function startAcme({ programs, address, tls, folder, validitySeconds }: Task): void {
  const file = join(folder, "pebble.json");
  const profile = { description: "the only one", validityPeriod: validitySeconds };
  const pebble = {
    ...{ listenAddress: local.acme, managementListenAddress: local.acmeManagement },
    ...{ certificate: tls.certificate, privateKey: tls.key, keyAlgorithm: "ecdsa" },
    ...{ profiles: { default: profile }, retryAfter: { authz: 1, order: 1 } },
  };
  writeFileSync(file, JSON.stringify({ pebble }));
  start([programs.pebble, "-config", file, "-dnsserver", `${address}:53`], {
    PEBBLE_VA_NOSLEEP: "1",
    // Each certificate is preceded by challenges of its own.
    PEBBLE_AUTHZREUSE: "0",
  });
}

/** Starts a server that ends with this process, and the other way round. */
function start(command: string[], env: Record<string, string> = {}): ChildProcess {
  const [program, ...args] = dyingWithThis(command);
  const child = spawn(program!, args, { stdio: "inherit", env: { ...process.env, ...env } });
  child.once("error", (error) => fail(error.message));
  child.once("exit", () => fail(`${command[0]} has ended`));
  return child;
}

function fail(problem: string): void {
  console.error(problem);
  process.exit(1);
}

/** Passes a request on to the S3 server unless Oracle's would refuse it. */
function passToS3(incoming: http.IncomingMessage, outgoing: http.ServerResponse, s3: S3): void {
  const refusal = refusalOfOracle(incoming);
  if (refusal) {
    // A client that is not heard out may not listen to the answer.
    incoming.resume().once("end", () => refuse(outgoing, refusal));
    return;
  }
  s3.address().then(
    (where) => pass(incoming, outgoing, where, {}),
    (error: Error) => fail(error.message),
  );
}

/** Passes a request on to another server, and its answer back. */
function pass(
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  { protocol, hostname, port }: URL,
  options: https.RequestOptions,
): void {
  const { method, url: path, headers } = incoming;
  const { request } = protocol === "https:" ? https : http;
  const passed = request({ ...options, hostname, port, method, path, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on("error", (error) => outgoing.destroy(error));
  incoming.pipe(passed);
}
