import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartSource } from "../../../../cli/lab/apply/charts.js";
import { helmWith, helmArguments } from "../../../../cli/lab/apply/helm.js";

describe("helm", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "helm-test-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A program in place of helm, which notes how it was called. */
  function noting(status = 0): string {
    const program = join(folder, "helm");
    const script = [
      "#!/bin/sh",
      `cat /proc/$$/cmdline | tr '\\0' ' ' > ${folder}/argv`,
      `for file; do :; done`,
      `for word; do case $word in */values-*) stat -c %a "$word" > ${folder}/mode; cat "$word" > ${folder}/values;; esac; done`,
      `stat -c %a ${folder}/scratch > ${folder}/folder`,
      "echo said >&2",
      `exit ${status}`,
    ];
    writeFileSync(program, script.join("\n"));
    chmodSync(program, 0o755);
    return program;
  }
  const text = (name: string) => readFileSync(join(folder, name), "utf8").trim();

  for (const status of [0, 1]) {
    it(`takes values from a file of its owner alone, which is gone afterwards (status ${status})`, async () => {
      const helm = helmWith(noting(status), "/kubeconfig", join(folder, "scratch"));
      const running = helm(["upgrade", "x"], {}, { password: "needle" });
      if (status === 0) await running;
      else await assert.rejects(running, { message: "said" });
      assert.equal(text("mode"), "600");
      assert.equal(text("folder"), "700");
      assert.deepEqual(JSON.parse(text("values")), { password: "needle" });
      assert.doesNotMatch(text("argv"), /needle/);
      assert.match(text("argv"), /helm upgrade x --values \S+ --kubeconfig \/kubeconfig$/);
      assert.deepEqual(readdirSync(join(folder, "scratch")), []);
    });
  }

  it("removes what a killed run has left", () => {
    const scratch = join(folder, "scratch");
    mkdirSync(scratch);
    writeFileSync(join(scratch, "values-1.json"), "needle");
    helmWith("helm", "/kubeconfig", scratch);
    assert.equal(existsSync(scratch), false);
  });

  const cases: { operation: "install" | "upgrade"; inputs: object; args: string[] }[] = [
    { operation: "install", inputs: {}, args: ["--wait", "--timeout=60s"] },
    { operation: "install", inputs: { skipAwait: true, maxHistory: 3 }, args: ["--timeout=60s"] },
    {
      operation: "install",
      inputs: { createNamespace: true, skipCrds: true, cleanupOnFail: true, forceUpdate: true },
      args: ["--create-namespace", "--skip-crds", "--wait", "--timeout=60s"],
    },
    {
      operation: "upgrade",
      inputs: {},
      args: ["--wait", "--reset-values", "--history-max=0", "--timeout=60s"],
    },
    {
      operation: "upgrade",
      inputs: {
        atomic: true,
        createNamespace: true,
        waitForJobs: true,
        cleanupOnFail: false,
        reuseValues: true,
      },
      args: ["--atomic", "--wait-for-jobs", "--wait", "--reuse-values", "--history-max=0", "--timeout=60s"],
    },
    {
      operation: "upgrade",
      inputs: { maxHistory: 3, description: "why", compat: "true", values: { a: 1 }, verify: false },
      args: ["--wait", "--reset-values", "--history-max=3", "--description=why", "--timeout=60s"],
    },
  ];
  for (const { operation, inputs, args } of cases) {
    it(`is told to ${operation} ${JSON.stringify(inputs)}`, () =>
      assert.deepEqual(helmArguments(operation, inputs, 60).sort(), args.sort()));
  }

  it("refuses what it would not be told", () => {
    assert.throws(() => helmArguments("install", { chart: "x", postrender: "./filter", verify: true }, 60), {
      message: "the stand-in knows no postrender, verify of a Release; the real provider does",
    });
  });
});

describe("where a chart comes from", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "charts-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const inputs = {
    chart: "velero",
    version: "12.1.0",
    repositoryOpts: { repo: "https://charts.example.org" },
  };

  it("is a folder, where the chart is one", async () => {
    writeFileSync(join(folder, "Chart.yaml"), "");
    const source = chartSource(
      () => "archive",
      () => Promise.reject(new Error("asked")),
      { folder, seconds: 1 },
    );
    assert.equal(await source({ ...inputs, chart: folder }), folder);
  });

  it("is an archive that is at hand", async () => {
    const source = chartSource(
      (chart, version) => `/charts/${chart}-${version}.tgz`,
      () => Promise.reject(new Error("asked")),
      { folder, seconds: 1 },
    );
    assert.equal(await source(inputs), "/charts/velero-12.1.0.tgz");
  });

  it("is nowhere, where no repository may be asked", async () => {
    const source = chartSource(
      () => undefined,
      () => Promise.reject(new Error("asked")),
      undefined,
    );
    assert.equal(await source(inputs), undefined);
  });

  it("is the repository, once", async () => {
    const calls: string[][] = [];
    const charts = join(folder, "charts");
    const source = chartSource(
      () => undefined,
      (args) => {
        calls.push(args);
        writeFileSync(join(args.at(-1)!, "velero-12.1.0.tgz"), "archive");
        return Promise.resolve("");
      },
      { folder: charts, seconds: 5 },
    );
    const archive = join(charts, "velero-12.1.0.tgz");
    assert.deepEqual([await source(inputs), await source(inputs)], [archive, archive]);
    assert.equal(readFileSync(archive, "utf8"), "archive");
    assert.deepEqual(
      calls.map((args) => args.slice(0, -1)),
      [
        [
          ...["pull", "velero", "--version", "12.1.0"],
          ...["--repo", "https://charts.example.org", "--destination"],
        ],
      ],
    );
    assert.deepEqual(readdirSync(charts), ["velero-12.1.0.tgz"]);
  });

  it("is nowhere, where the repository is out of reach", async () => {
    const source = chartSource(
      () => undefined,
      () => Promise.reject(new Error("no such host")),
      { folder, seconds: 5 },
    );
    assert.equal(await source({ chart: "oci://registry.example.org/charts/x", version: "1.0.0" }), undefined);
    assert.deepEqual(readdirSync(folder), []);
  });
});
