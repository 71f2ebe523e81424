"use strict";
const { readFileSync, writeFileSync, existsSync } = require("node:fs");
const https = require("node:https");
const { setTimeout } = require("node:timers");
const { parse } = require("yaml");

/**
 * A program that never stops writing Secrets: it updates, deletes and makes anew, reads what it has written, and knows
 * of every Secret which values it may hold. It runs on the node: node writer.cjs COUNT REPORT STOP
 *
 * REPORT says "ready" once COUNT Secrets are there. When the file STOP appears it reads every Secret a last time, through
 * a cache-free request each, and reports what it did and what was wrong.
 */
const busy = 100;
const [count, report, stop] = process.argv.slice(2);
const config = parse(readFileSync("/etc/kubernetes/super-admin.conf", "utf8"));
const decode = (text) => Buffer.from(text, "base64");
const { server, "certificate-authority-data": ca } = config.clusters[0].cluster;
const { "client-certificate-data": cert, "client-key-data": key } = config.users[0].user;
const agent = new https.Agent({
  keepAlive: true,
  maxSockets: 12,
  ca: decode(ca),
  cert: decode(cert),
  key: decode(key),
});

/** Status and object; undefined while the API server is away, when the request may or may not have been carried out. */
function ask(method, path, body) {
  return new Promise((resolve) => {
    const text = body && JSON.stringify(body);
    const request = https.request(
      `${server}${path}`,
      { agent, method, headers: text ? { "content-type": "application/json" } : {} },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", () => resolve(undefined));
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          // An API server that stops says so in several ways.
          const away =
            [429, 502, 503, 504].includes(response.statusCode) ||
            /etcdserver|context canceled|shutting down|connection error/.test(answer);
          resolve(away && response.statusCode >= 400 ? undefined : { status: response.statusCode, answer });
        });
      },
    );
    request.on("error", () => resolve(undefined));
    request.end(text);
  });
}
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** By name: the values it may hold; null stands for "not there". */
const allowed = new Map();
const wrong = [];
const done = { updated: 0, deleted: 0, made: 0, read: 0, unavailable: 0 };
const collection = "/api/v1/namespaces/writer/secrets";
const secret = (name, value, resourceVersion) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, resourceVersion },
  stringData: { value },
});
let serial = 0;

async function make(name) {
  const value = `value-${serial++}`;
  allowed.get(name).add(value);
  const result = await ask("POST", collection, secret(name, value));
  if (result?.status === 201) allowed.set(name, new Set([value]));
  else if (result && result.status !== 409)
    wrong.push(`create ${name}: ${result.status} ${result.answer.slice(0, 300)}`);
  if (result) done.made++;
  else done.unavailable++;
}

async function work(name) {
  const current = await ask("GET", `${collection}/${name}`);
  if (!current) {
    done.unavailable++;
    return pause(100);
  }
  check(name, current);
  done.read++;
  if (current.status === 404) return make(name);
  if (current.status !== 200) return;
  if (Math.random() < 0.2) {
    allowed.get(name).add(null);
    const result = await ask("DELETE", `${collection}/${name}`);
    if (result?.status === 200) allowed.set(name, new Set([null]));
    if (result) done.deleted++;
    return;
  }
  const value = `value-${serial++}`;
  allowed.get(name).add(value);
  const version = JSON.parse(current.answer).metadata.resourceVersion;
  const result = await ask("PUT", `${collection}/${name}`, secret(name, value, version));
  if (result?.status === 200) allowed.set(name, new Set([value]));
  else if (result?.status === 409) allowed.get(name).delete(value);
  else if (result) wrong.push(`update ${name}: ${result.status} ${result.answer.slice(0, 300)}`);
  else done.unavailable++;
  if (result?.status === 200) done.updated++;
}

function check(name, { status, answer }) {
  const value =
    status === 404 ? null : status === 200 ? decode(JSON.parse(answer).data.value).toString() : undefined;
  if (value === undefined) wrong.push(`read ${name}: ${status} ${answer.slice(0, 300)}`);
  else if (!allowed.get(name).has(value))
    wrong.push(`${name} is ${value}, not ${[...allowed.get(name)].join(" or ")}`);
  else allowed.set(name, new Set([value]));
}

async function main() {
  await ask("POST", "/api/v1/namespaces", { metadata: { name: "writer" } });
  const names = Array.from({ length: Number(count) }, (_, index) => `secret-${index}`);
  for (const name of names) allowed.set(name, new Set([null]));
  const queue = [...names];
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      for (let name = queue.pop(); name; name = queue.pop()) await make(name);
    }),
  );
  writeFileSync(report, "ready");
  // Each worker has Secrets of its own, so that what it knows of them is all there is to know.
  await Promise.all(
    [0, 1, 2].map(async (worker) => {
      // The others lie there as they are, as most Secrets do.
      const mine = names.slice(0, busy).filter((_, index) => index % 3 === worker);
      while (!existsSync(stop)) {
        await work(mine[Math.floor(Math.random() * mine.length)]);
        await pause(20);
      }
    }),
  );
  for (const name of names) {
    let result;
    while (!(result = await ask("GET", `${collection}/${name}`))) await pause(200);
    check(name, result);
  }
  writeFileSync(
    report,
    JSON.stringify({
      ...done,
      wrong,
      there: [...allowed.values()].filter((values) => !values.has(null)).length,
    }),
  );
  process.exit(0);
}
main();
