import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { listen } from "../../../../cli/kit/listen.js";
import { chartsOf, meansOf, type MeansOptions } from "../../../../cli/lab/official/means.js";
import { silent } from "../../../../cli/kit/progress.js";
import type { Settings } from "../../../../stacks/settings/index.js";
import { OwnHome } from "./ownHome.js";

const random = { name: "random", version: "4.21.2" };
const charts = [
  { chart: "harbor", repo: "https://helm.goharbor.io", version: "1.19.1" },
  { chart: "oci://quay.io/jetstack/charts/cert-manager", version: "v1.21.1" },
];

describe("the means to come by plugins and charts", () => {
  const home = OwnHome.ofSuite();

  /** A shell script in place of a tool; it notes how it was called. */
  function script(name: string, text: string): string {
    const path = join(home.folder, name);
    writeFileSync(path, `#!/bin/sh\necho "$@" >> ${home.folder}/${name}.calls\n${text}\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const calls = (name: string) =>
    existsSync(join(home.folder, `${name}.calls`))
      ? readFileSync(join(home.folder, `${name}.calls`), "utf8")
          .trim()
          .split("\n")
          .sort()
      : [];
  const means = (options: Partial<MeansOptions> = {}) =>
    meansOf({
      cli: "/nowhere/pulumi",
      helm: "/nowhere/helm",
      charts,
      home: join(home.folder, "home"),
      scratch: join(home.folder, "scratch"),
      progress: silent,
      ...options,
    });

  it("download a plugin with the CLI into a folder of their own, and find it from then on", async () => {
    const cli = script(
      "pulumi",
      'dir="$PULUMI_HOME/plugins/resource-$4-$5"; mkdir -p "$dir"; : > "$dir/pulumi-resource-$4"',
    );
    const machine = means({ cli });
    assert.equal(machine.find(random), undefined);
    const plugin = join(home.folder, "home/plugins/resource-random-v4.21.2");
    assert.equal(await machine.download(random), plugin);
    assert.equal(machine.find(random), plugin);
    assert.deepEqual(calls("pulumi"), ["plugin install resource random v4.21.2 --non-interactive"]);
  });

  const failures: [string, string, RegExp][] = [
    [
      "why the last try failed",
      "for try in 1 2; do echo \"warning: Error downloading plugin: try $try: no such host\" >&2; done; echo 'error: failed all 5 attempts' >&2; exit 1",
      /^try 2: no such host$/,
    ],
    [
      "what the CLI said last",
      "echo first >&2; echo 'error: out of space' >&2; exit 1",
      /^error: out of space$/,
    ],
    ["that it takes too long", "exec sleep 30", /^not downloaded within 0\.5 s$/],
    ["that nothing came", "exit 0", /^pulumi plugin install brought no pulumi-resource-random$/],
  ];
  for (const [title, text, message] of failures) {
    it(`say ${title} where a plugin cannot be downloaded`, async () => {
      const machine = means({
        cli: script("pulumi", text),
        seconds: { probe: 1, plugin: 0.5, chart: 1 },
      });
      await assert.rejects(machine.download(random), { message });
    });
  }

  it("find out within the time they have whether a plugin can be downloaded", async () => {
    const asked: string[] = [];
    const server = createServer(({ method, url = "" }, response) => {
      asked.push(`${method} ${url}`);
      if (url.includes("silent")) return;
      response.writeHead(url.includes("oci") ? 403 : 200).end();
    });
    const source = `http://127.0.0.1:${await listen(server)}`;
    try {
      const seconds = { probe: 60, plugin: 1, chart: 1 };
      const machine = means({ source, seconds });
      assert.equal(await machine.offline(random), undefined);
      const { host } = new URL(source);
      assert.equal(await machine.offline({ name: "oci", version: "4.20.0" }), `${host} answers 403`);
      const hasty = means({ source, seconds: { ...seconds, probe: 0.5 } });
      assert.equal(await hasty.offline({ name: "silent", version: "1.0.0" }), `${host} does not answer`);
      const architecture = process.arch === "x64" ? "amd64" : process.arch;
      const file = `pulumi-resource-random-v4.21.2-linux-${architecture}.tar.gz`;
      assert.equal(asked[0], `HEAD /releases/plugins/${file}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    assert.equal(await means({ source }).offline(random), `${new URL(source).host} does not answer`);
  });

  it("ask helm for every chart where it is kept, and name the ones that cannot be had", async () => {
    const helm = script(
      "helm",
      'case "$3" in oci:*) echo "Error: pulling" >&2; echo "no such host" >&2; exit 1;; esac',
    );
    assert.deepEqual(await means({ helm }).chartProblems(), [
      "oci://quay.io/jetstack/charts/cert-manager v1.21.1: no such host",
    ]);
    assert.deepEqual(
      calls("helm").map((call) => call.replace(/ --kubeconfig.*/, "")),
      [
        "show chart harbor --version 1.19.1 --repo https://helm.goharbor.io",
        "show chart oci://quay.io/jetstack/charts/cert-manager --version v1.21.1",
      ],
    );
  });

  it("give up on a chart that does not come", async () => {
    const helm = script("helm", "exec sleep 30");
    const machine = means({
      helm,
      charts: charts.slice(0, 1),
      seconds: { probe: 1, plugin: 1, chart: 0.5 },
    });
    assert.deepEqual(await machine.chartProblems(), [
      "harbor 1.19.1 of https://helm.goharbor.io: no answer within 0.5 s",
    ]);
  });

  it("look for the charts the stack installs, in the versions it sets", () => {
    const names = (settings: object) =>
      chartsOf(settings as Settings).map(({ chart, version }) => `${chart} ${version}`);
    const every = names({ charts: { velero: "12.0.0" }, registry: { enabled: true } });
    assert(every.includes("velero 12.0.0") && every.some((name) => name.startsWith("harbor ")));
    const without = names({ charts: {}, registry: { enabled: false } });
    assert.equal(without.length, every.length - 1);
    assert(!without.some((name) => name.startsWith("harbor ")));
  });
});
