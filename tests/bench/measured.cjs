"use strict";
/**
 * Runs one program against a monitor that answers at once, and prints how long it took from the start of the process to
 * the last registration, with the peak of resident memory. Which program, and how TypeScript is handled, is the
 * caller's: this file is plain CommonJS so that it costs nothing itself.
 *
 * Usage: node [--import tsx] measured.cjs <@pulumi/pulumi folder> <program file | "empty"> <settings file> [ts-node project]
 */
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { pathToFileURL } = require("node:url");

/** Outputs that the program reads from the resources it makes. */
const computed = {
  base64: "",
  bcryptHash: "",
  certPem: "",
  certRequestPem: "",
  key: "",
  privateKeyPem: "",
  result: "0123456789abcdef",
};

async function main([sdk, program, settingsFile, project]) {
  const require_ = createRequire(`${sdk}/package.json`);
  const pulumi = require_(sdk);
  let registered = 0;
  let last = performance.now();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => {
        registered += 1;
        last = performance.now();
        return { id: `${name}-id`, state: { ...computed, ...inputs } };
      },
      call: ({ inputs }) => ({
        ...inputs,
        zoneId: "zone",
        id: "zone",
        namespace: "namespace",
        results: ["DNS Write", "Zone Read"].map((name) => ({
          id: name,
          name,
          scopes: ["com.cloudflare.api.account.zone"],
        })),
      }),
    },
    "cluster-security",
    "bench",
    false,
  );
  if (program !== "empty") {
    if (project) createRequire(__filename)("ts-node").register({ project });
    const load = (file) => (project ? createRequire(project)(file) : import(pathToFileURL(file).href));
    const { parse } = createRequire(__filename)("yaml");
    const { config } = parse(readFileSync(settingsFile, "utf8"));
    const raw = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.split(":")[1], value]));
    const { parseSettings } = await load(`${program}/settings/index.ts`);
    const { clusterSecurity } = await load(`${program}/clusterSecurity.ts`);
    clusterSecurity(parseSettings(raw, "bench").settings);
  }
  await require_(`${sdk}/runtime/settings.js`).disconnect();
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(
    JSON.stringify({ resources: registered, seconds: last / 1000, megabytes: maxRSS / 1024 }) + "\n",
    () => process.exit(0),
  );
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
